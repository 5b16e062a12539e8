/**
 * The manager on its two ports.
 *
 * @module
 */

import { type Manager, type OpenOptions, type PreparedManager, prepareManager } from "./manager.ts";
import { DEFAULTS, type ManagerOptions } from "./config/manager_options.ts";
import { startingApp } from "./http/health.ts";
import { PortServer, type PortServerOptions } from "./http/port_server.ts";
import { AgentError, messageOf } from "../shared/errors.ts";
import { type Clock, systemClock } from "../shared/clock.ts";
import type { Readiness } from "./readiness.ts";

/** An answer may take this much longer than a poll is held. */
const SILENCE_MARGIN_MS = 30_000;
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
   * Says that it is not ready, ends open polls at once, leaves duties to other managers, and goes on for `drainDelayMs` while
   * somebody asks whether it is ready. Then lets other answers finish for up to `drainTimeoutMs`, and closes everything.
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
  const settings = { ...DEFAULTS, clock: systemClock, ...options };
  await using started = new AsyncDisposableStack();
  const prepared = await prepareManager(options);
  started.defer(() => prepared.close());
  const certificate = settings.http ? undefined : await openCertificate(options, started);
  const { management, comms } = await listen(settings, prepared, certificate);
  const ports = [management, comms];
  started.defer(async () => void await Promise.all(ports.map((port) => port.stop())));
  const manager = await prepared.open();
  management.serve(manager.apps.management);
  comms.serve(manager.apps.comms);
  started.defer(() => drain(settings, { manager, ports, readiness: prepared.readiness }));
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

/** Open polls would keep the ports from closing for as long as they are held. */
async function drain(
  { drainDelayMs, clock }: ManagerOptions & { clock: Clock },
  { manager, ports, readiness }: {
    manager: Manager;
    ports: readonly PortServer[];
    readiness: Readiness;
  },
): Promise<void> {
  for (const port of ports) port.drain();
  const left = manager.drain();
  if (drainDelayMs > 0 && readiness.isWatched) await clock.sleep(drainDelayMs);
  await left;
}

/** Without a data folder the certificates live in a temporary one, as long as the manager. */
async function openCertificate(options: OpenOptions, started: AsyncDisposableStack) {
  const folder = options.dataFolder ?? await Deno.makeTempDir({ prefix: "manager-" });
  if (options.dataFolder === undefined) {
    started.defer(() => Deno.remove(folder, { recursive: true }));
  }
  const { host = DEFAULTS.host, clock = systemClock } = options;
  const names = new Set(["localhost", "127.0.0.1", "::1", host]);
  // An address to listen on that nobody can connect to by.
  for (const name of EVERY_INTERFACE) names.delete(name);
  const { ensureCertificates } = await import("./http/certificates.ts");
  return await ensureCertificates({ folder, names: [...names], nowMs: clock.now() });
}

/** @throws AgentError when the file holds no certificate */
async function readClientCa(path: string): Promise<string> {
  const text = await Deno.readTextFile(path).catch((error) => messageOf(error));
  if (text.includes("-----BEGIN CERTIFICATE-----")) return text;
  throw new AgentError(
    "config_invalid",
    `manager.client_ca: cannot use "${path}": no certificate in it`,
    {
      hint: "name a PEM file with the authorities of the agents' certificates",
    },
  );
}

/** @throws AgentError naming address, port and option */
async function openPort(
  option: "management_port" | "comms_port",
  options: PortServerOptions,
): Promise<PortServer> {
  try {
    return await PortServer.open(options);
  } catch (error) {
    if (error instanceof AgentError) throw error;
    const { hostname, port } = options;
    const where = `${hostname} port ${port} (manager.${option})`;
    throw new AgentError("failed", `Cannot listen on ${where}: ${messageOf(error)}`, {
      cause: error,
      hint: "stop what uses the port, or give another port or address of this machine",
    });
  }
}

async function listen(
  settings: ManagerOptions & { clock: Clock } & Pick<OpenOptions, "extension">,
  { readiness }: PreparedManager,
  certificate: { cert: string; key: string } | undefined,
): Promise<{ management: PortServer; comms: PortServer }> {
  const common = {
    hostname: settings.host,
    clock: settings.clock,
    drainTimeoutMs: settings.drainTimeoutMs,
    cuts: settings.extension?.cutsConnections === true,
    limits: {
      ...settings,
      silenceTimeoutMs: Math.max(settings.pollTimeoutMs, settings.bodyTimeoutMs) +
        SILENCE_MARGIN_MS,
    },
    ...(certificate && { tls: { cert: certificate.cert, key: certificate.key } }),
  };
  const management = await openPort("management_port", {
    ...common,
    app: startingApp("management", readiness),
    port: settings.managementPort,
  });
  try {
    const clientCa = settings.clientCa === undefined
      ? undefined
      : await readClientCa(settings.clientCa);
    const comms = await openPort("comms_port", {
      ...common,
      app: startingApp("comms", readiness),
      port: settings.commsPort,
      ...(clientCa !== undefined && { clientCa }),
    });
    return { management, comms };
  } catch (error) {
    // Not waited for: why the second port cannot be opened is to be heard at once.
    void management.stop();
    throw error;
  }
}
