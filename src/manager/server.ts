/**
 * The manager on its two ports.
 *
 * @module
 */

import { type Manager, openManager, type OpenOptions } from "./manager.ts";
import { DEFAULTS, type ManagerOptions } from "./config/manager_options.ts";
import { PortServer } from "./http/port_server.ts";
import { AgentError, messageOf } from "../shared/errors.ts";
import { systemClock } from "../shared/clock.ts";

const EVERY_INTERFACE = ["0.0.0.0", "::"];

/** A manager that listens. */
export interface RunningManager extends AsyncDisposable {
  /** Base URLs, without a trailing slash. */
  managementUrl: string;
  commsUrl: string;
  /** The authority to trust; missing with plain HTTP. */
  caCertPath?: string;
  /** The parts behind the ports. */
  manager: Manager;
  /**
   * Ends open polls at once, lets other answers finish for up to 2 s, writes the record, and closes
   * everything.
   */
  stop(): Promise<void>;
}

/**
 * Starts a manager on its two ports; everything not given has its default.
 *
 * @throws Error when a port is taken, a file cannot be opened, or the data folder belongs to
 * another manager; then nothing is left
 */
export async function startManager(options: OpenOptions = {}): Promise<RunningManager> {
  const settings = { ...DEFAULTS, ...options };
  await using started = new AsyncDisposableStack();
  const manager = started.use(await openManager(options));
  const certificate = settings.http ? undefined : await openCertificate(options, started);
  const { management, comms } = listen(settings, manager, certificate);
  started.defer(async () => {
    manager.endWaits();
    await Promise.all([management.stop(), comms.stop()]);
  });
  const parts = started.move();
  const stop = () => parts.disposeAsync();
  return {
    managementUrl: management.url,
    commsUrl: comms.url,
    ...(certificate && { caCertPath: certificate.caCertPath }),
    manager,
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

/** Without a data folder the certificates live in a temporary one, as long as the manager. */
async function openCertificate(options: OpenOptions, started: AsyncDisposableStack) {
  const folder = options.dataFolder ?? await Deno.makeTempDir({ prefix: "manager-" });
  if (options.dataFolder === undefined) {
    started.defer(() => Deno.remove(folder, { recursive: true }));
  }
  const { host = DEFAULTS.host, clock = systemClock } = options;
  const names = new Set(["localhost", "127.0.0.1", "::1", host]);
  for (const name of EVERY_INTERFACE) names.delete(name);
  const { ensureCertificates } = await import("./http/certificates.ts");
  return await ensureCertificates({ folder, names: [...names], nowMs: clock.now() });
}

/** @throws AgentError naming address, port and option */
function openPort(
  option: "management_port" | "comms_port",
  options: ConstructorParameters<typeof PortServer>[0],
): PortServer {
  try {
    return new PortServer(options);
  } catch (error) {
    const { hostname, port } = options;
    const where = `${hostname} port ${port} (manager.${option})`;
    throw new AgentError("failed", `Cannot listen on ${where}: ${messageOf(error)}`, {
      cause: error,
      hint: "stop what uses the port, or give another port or address of this machine",
    });
  }
}

function listen(
  settings: ManagerOptions & Pick<OpenOptions, "extension">,
  { apps }: Manager,
  certificate: { cert: string; key: string } | undefined,
): { management: PortServer; comms: PortServer } {
  const common = {
    hostname: settings.host,
    ...(settings.extension?.openRelay && { openRelay: settings.extension.openRelay }),
    ...(certificate && { tls: { cert: certificate.cert, key: certificate.key } }),
  };
  const management = openPort("management_port", {
    ...common,
    app: apps.management,
    port: settings.managementPort,
  });
  try {
    const comms = openPort("comms_port", {
      ...common,
      app: apps.comms,
      port: settings.commsPort,
    });
    return { management, comms };
  } catch (error) {
    void management.stop();
    throw error;
  }
}
