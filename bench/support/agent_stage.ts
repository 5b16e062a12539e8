/**
 * A registered agent with its files in one temporary folder, for measuring. Every option has its default but those that a
 * measurement gives.
 *
 * @module
 */

import { DEFAULTS } from "../../src/manager/config/manager_options.ts";
import { systemClock } from "../../src/shared/clock.ts";
import type { StatusDocument } from "../../src/shared/protocol/status_document.ts";
import { agent, AgentProcess } from "../../tests/support/agent_process.ts";
import { TempFolder } from "../../tests/support/queues.ts";

/** A server to send to. */
export interface BenchServer {
  readonly managementUrl: string;
  readonly commsUrl: string;
  /** The authority to trust; `undefined` with plain HTTP. */
  readonly caCertPath: string | undefined;
}

/** A server that can tell how much has come. */
export interface CountingServer extends BenchServer {
  /** Events of the stateless stream, repetitions left out if it can tell them. */
  receivedEvents(): Promise<number>;
}

/** What an agent calls acknowledged must be at the server: throws when it has not exactly so many events. */
export async function requireArrived(server: CountingServer, events: number): Promise<void> {
  const received = await server.receivedEvents();
  if (received !== events) throw new Error(`The server has ${received} of ${events} events`);
}

/** How {@linkcode awaitStatus} looks. */
export interface AwaitOptions {
  /** Looking costs the agent something too. @default 200 */
  everyMs?: number;
  /** @default 300000 */
  withinMs?: number;
  /** Called before each look. */
  onBeforeLook?: () => void;
  /** Is shown every status that was looked at. */
  onStatus?: (status: StatusDocument) => void;
}

/** The files of one agent. */
export class AgentStage {
  readonly folder: TempFolder;
  readonly #server: BenchServer;

  constructor(folder: TempFolder, server: BenchServer) {
    this.folder = folder;
    this.#server = server;
  }

  /** The agent's data folder. */
  get dataFolder(): string {
    return this.folder.file("data");
  }

  /** Writes the configuration: `options` are lines of YAML with dotted keys. */
  configure(options: readonly string[], serverUrl = this.#server.commsUrl): void {
    const { caCertPath } = this.#server;
    const lines = [
      `agent.server_url: ${serverUrl}`,
      ...(caCertPath === undefined ? [] : [`agent.ca_cert: ${caCertPath}`]),
      `agent.path.data: ${this.dataFolder}`,
      `agent.path.run: ${this.#runFolder}`,
      ...options,
    ];
    Deno.writeTextFileSync(this.#configPath, lines.join("\n") + "\n");
  }

  /** Registers with the server. */
  async register(): Promise<void> {
    const user = ["--user", DEFAULTS.user, "--password-stdin"];
    const args = ["register", "--url", this.#server.managementUrl, ...user];
    const options = { stdin: DEFAULTS.password };
    const { code, stderr } = await agent([...args, "--config", this.#configPath], options);
    if (code !== 0) throw new Error(`Registration failed:\n${stderr}`);
  }

  /** Runs `agent status` to its end. */
  async askStatus(): Promise<void> {
    const { code, stderr } = await agent(["status", "--config", this.#configPath]);
    if (code !== 0) throw new Error(`"agent status" failed:\n${stderr}`);
  }

  /** Starts the agent; resolves when its local API answers. */
  start(): Promise<AgentProcess> {
    return AgentProcess.start(this.#configPath, this.#runFolder);
  }

  get #configPath(): string {
    return this.folder.file("agent.yaml");
  }

  get #runFolder(): string {
    return this.folder.file("run");
  }
}

/** Waits until the status is as wanted. Throws with the status and the agent's log when that takes too long. */
export async function awaitStatus(
  process: AgentProcess,
  isSo: (status: StatusDocument) => boolean,
  options: AwaitOptions = {},
): Promise<StatusDocument> {
  const { everyMs = 200, withinMs = 300_000, onBeforeLook, onStatus } = options;
  const deadline = performance.now() + withinMs;
  for (;;) {
    onBeforeLook?.();
    const status = await process.status();
    onStatus?.(status);
    if (isSo(status)) return status;
    if (performance.now() > deadline) {
      throw new Error(`It did not happen:\n${JSON.stringify(status, null, 2)}\n${process.stderr}`);
    }
    await systemClock.sleep(everyMs);
  }
}

/** True once the server has answered and a poll for commands is open. */
export function isConnected({ state }: StatusDocument): boolean {
  return state.name === "connected";
}
