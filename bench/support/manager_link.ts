/**
 * A manager in another process and an agent that is registered, logged in and connected: all that
 * must have happened before events are timed.
 *
 * @module
 */

import assert from "node:assert/strict";
import { AgentLineSource } from "../../src/agent/app/agent_line.ts";
import { systemClock } from "../../src/shared/clock.ts";
import { ManagementClient } from "../../src/agent/comms/management/management_client.ts";
import { ServerConnection } from "../../src/agent/comms/connection/server_connection.ts";
import { createTransport, type Transport } from "../../src/agent/comms/connection/transport.ts";
import type { AgentConfig } from "../../src/agent/config/schema.ts";
import { readHostInfo } from "../../src/agent/platform/host_info.ts";
import { IdentityFile } from "../../src/agent/identity/identity_file.ts";
import { registerAgent } from "../../src/agent/identity/registration.ts";
import { VERSION } from "../../src/shared/version.ts";
import { DEFAULTS } from "../../src/manager/config/manager_options.ts";
import type { ManagerStats } from "../../src/manager/management_api/stats.ts";
import { ManagerProcess } from "../../tests/support/manager_process.ts";
import { TempFolder } from "../../tests/support/queues.ts";
import { configOf } from "./agent_config.ts";
import { createServerLink, type ServerLink } from "../../src/agent/app/server/server_link.ts";

/** What lies between agent and manager. */
export type Wire = "http" | "tls";

/** Both, in the order in which they are measured. */
export const WIRES: readonly Wire[] = ["http", "tls"];

/** How the manager is started. */
export interface ManagerLinkOptions {
  /** Where it keeps what it stores. @default "memory" */
  store?: "memory" | "disk";
  /** More options of the manager. */
  args?: readonly string[];
}

/** What the manager has counted. */
export interface Received {
  events: number;
  duplicates: number;
}

/** A manager as one agent has it. */
export class ManagerLink {
  readonly agentLine: AgentLineSource;
  readonly client: ServerLink["client"];
  readonly #stats: () => Promise<ManagerStats>;

  private constructor(
    { agentLine, client }: { agentLine: AgentLineSource; client: ServerLink["client"] },
    stats: () => Promise<ManagerStats>,
  ) {
    this.agentLine = agentLine;
    this.client = client;
    this.#stats = stats;
  }

  /** Starts the manager and makes the agent known to it. Both end with this process. */
  static async open(wire: Wire, options: ManagerLinkOptions = {}): Promise<ManagerLink> {
    const { store = "memory", args = [] } = options;
    const folder = new TempFolder();
    const manager = await ManagerProcess.start({
      http: wire === "http",
      args,
      ...(store === "disk" && { dataFolder: folder.file("manager") }),
    });
    const { commsUrl: server_url, caCertPath: ca_cert } = manager;
    const config = configOf({ agent: { server_url, ...(ca_cert && { ca_cert }) } });
    const transport = transportOf(config);
    const [link, line] = await enrol(config, { manager, transport, folder });
    const stats = await openStats(manager, transport);
    globalThis.addEventListener("unload", () => {
      link[Symbol.dispose]();
      transport.close();
      // In good order it removes its own temporary files; files in this folder it must not use.
      void manager.kill(store === "disk" ? "SIGKILL" : "SIGTERM");
      folder[Symbol.dispose]();
    });
    return new ManagerLink({ agentLine: line, client: link.client }, stats);
  }

  /** What the manager has counted so far. */
  async received(): Promise<Received> {
    const { events, duplicates_suppressed } = await this.#stats();
    return { events: events.stateless + events.stateful, duplicates: duplicates_suppressed };
  }

  /** Throws unless the manager has counted `events` since `before`, and no repeated request. */
  async assertReceived(events: number, before: Received): Promise<void> {
    const wanted = { events: before.events + events, duplicates: before.duplicates };
    assert.deepEqual(await this.received(), wanted);
  }
}

/** Registers an agent, logs it in, and opens as many connections as it has batches in flight. */
async function enrol(
  config: AgentConfig,
  { manager, transport, folder }: {
    manager: ManagerProcess;
    transport: Transport;
    folder: TempFolder;
  },
): Promise<[ServerLink, AgentLineSource]> {
  const dataFolder = folder.file("data");
  const { signal } = new AbortController();
  const connection = new ServerConnection({
    serverUrl: manager.managementUrl,
    fetch: transport.fetch,
    userAgent: "bench",
  });
  const identity = await registerAgent({
    folder: dataFolder,
    api: new ManagementClient({ connection, timeoutMs: config.agent.request_timeout }),
    managementUrl: manager.managementUrl,
    user: DEFAULTS.user,
    password: () => Promise.resolve(DEFAULTS.password),
    name: "bench",
    version: VERSION,
    host: readHostInfo(),
    signal,
  });
  const clock = systemClock;
  const link = createServerLink(config, { identity, file: new IdentityFile(dataFolder), clock });
  await link.tokens.get(signal);
  const warmUps = Array.from(
    { length: config.events.max_in_flight },
    () => link.client.getFile("none.yml", signal),
  );
  await Promise.all(warmUps);
  return [link, new AgentLineSource({ identity, readHostInfo, clock })];
}

async function openStats(
  { managementUrl }: ManagerProcess,
  { fetch }: Transport,
): Promise<() => Promise<ManagerStats>> {
  const login = await fetch(`${managementUrl}/security/user/authenticate`, {
    method: "POST",
    headers: { authorization: `Basic ${btoa(`${DEFAULTS.user}:${DEFAULTS.password}`)}` },
  });
  const { data: { token } } = await login.json() as { data: { token: string } };
  return async () => {
    const headers = { authorization: `Bearer ${token}` };
    const answer = await fetch(`${managementUrl}/manager/stats`, { headers });
    assert.equal(answer.status, 200);
    return await answer.json();
  };
}

function transportOf({ agent }: AgentConfig): Transport {
  const { verification_mode: verificationMode, ca_cert: caCert } = agent;
  return createTransport({ verificationMode, caCert, clientCert: undefined, clientKey: undefined });
}
