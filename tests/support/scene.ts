/**
 * A server and an agent's files in one temporary folder: the stage of the end-to-end tests.
 *
 * @module
 */

import assert from "node:assert/strict";
import { agent, AgentProcess, type CommandResult } from "./agent_process.ts";
import { eventually } from "./eventually.ts";
import { ForeignServer, type ForeignServerOptions } from "./foreign_server.ts";
import { StrictTemper } from "./foreign_server_strict.ts";
import { ManagerProcess, type ManagerProcessOptions, records } from "./manager_process.ts";
import type { OddAnswers } from "./odd_answers.ts";
import { OrderDesk } from "./order_desk.ts";
import { TempFolder } from "./queues.ts";

/** An event as a server received it. */
export interface ServerEvent {
  agent_id: string;
  stream: string;
  header: Record<string, unknown>;
  data: Record<string, unknown> | null;
}

/** A server of the protocol, whoever wrote it. */
export interface TestServer extends AsyncDisposable {
  readonly managementUrl: string;
  readonly commsUrl: string;
  readonly caCertPath: string | undefined;
  /** Every event it has stored, in order. */
  events(): Promise<ServerEvent[]>;
}

/** The project's own manager, over verified TLS, as a process. Can go away and come back. */
export class OwnServer implements TestServer {
  readonly #folder: TempFolder;
  #process: ManagerProcess;

  private constructor(folder: TempFolder, process: ManagerProcess) {
    this.#folder = folder;
    this.#process = process;
  }

  static async start(folder: TempFolder, args: readonly string[] = []): Promise<OwnServer> {
    return new OwnServer(folder, await ManagerProcess.start(OwnServer.#options(folder, args)));
  }

  get managementUrl(): string {
    return this.#process.managementUrl;
  }

  get commsUrl(): string {
    return this.#process.commsUrl;
  }

  get caCertPath(): string | undefined {
    return this.#process.caCertPath;
  }

  /** The record follows the store by a moment: waits until it has all that is stored now. */
  async events(): Promise<ServerEvent[]> {
    using desk = await OrderDesk.open(this);
    const stored = await desk.storedEvents();
    const recorded = () => records(this.#folder.file("received.jsonl"));
    return await eventually(recorded, (events) => events.length >= stored);
  }

  /** Ends the process, with its data and ports kept for {@linkcode comeBack}. */
  async goAway(signal: Deno.Signal = "SIGKILL"): Promise<void> {
    await this.#process.kill(signal);
  }

  /** Starts a process on the same data and ports. */
  async comeBack(args: readonly string[] = []): Promise<void> {
    const { managementPort, commsPort } = this.#process;
    const options = OwnServer.#options(this.#folder, args);
    this.#process = await ManagerProcess.start({ ...options, managementPort, commsPort });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#process[Symbol.asyncDispose]();
  }

  static #options(folder: TempFolder, args: readonly string[]): ManagerProcessOptions {
    const record = ["--record", folder.file("received.jsonl"), "--poll-timeout", "2s"];
    return { dataFolder: folder.file("manager"), args: [...record, ...args] };
  }
}

/** The server that this project's manager has nothing in common with. */
export function startForeignServer(): Promise<TestServer> {
  return startForeign({ tokenLifeSeconds: 60 });
}

/** The same server with answers of its own kind; gives it itself beside, to look at what it received. */
export async function startOddServer(
  odd: OddAnswers,
  options: ForeignServerOptions = {},
): Promise<TestServer & { own: ForeignServer }> {
  const own = await ForeignServer.start({ ...options, odd });
  return { ...testServerOf(own), own };
}

/** The same server in its strictest temper, with tokens that soon end. */
export function startStrictServer(): Promise<TestServer> {
  return startForeign({ tokenLifeSeconds: 6, temper: new StrictTemper() });
}

async function startForeign(options: ForeignServerOptions): Promise<TestServer> {
  return testServerOf(await ForeignServer.start(options));
}

function testServerOf(server: ForeignServer): TestServer {
  return {
    managementUrl: server.managementUrl,
    commsUrl: server.commsUrl,
    caCertPath: undefined,
    events: () => Promise.resolve(server.events),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

/** The agent's side: configuration, log file, commands. */
export class AgentSide {
  readonly folder: TempFolder;
  readonly configPath: string;
  readonly runFolder: string;
  readonly logPath: string;
  readonly #server: TestServer;

  /** `options` are lines of YAML added to the configuration, such as `queue: { max_events: 10 }`. */
  constructor(folder: TempFolder, server: TestServer, options: readonly string[] = []) {
    this.folder = folder;
    this.#server = server;
    this.configPath = folder.file("agent.yaml");
    this.runFolder = folder.file("run");
    this.logPath = folder.file("app.log");
    Deno.writeTextFileSync(this.logPath, "");
    this.configure(options);
  }

  /** Writes the configuration. */
  configure(options: readonly string[] = []): void {
    const { commsUrl, caCertPath } = this.#server;
    const lines = [
      `agent.server_url: ${commsUrl}`,
      ...(caCertPath === undefined ? [] : [`agent.ca_cert: ${caCertPath}`]),
      `agent.path.data: ${this.folder.file("data")}`,
      `agent.path.run: ${this.runFolder}`,
      "agent.retry_interval: 50ms",
      "agent.retry_max_interval: 200ms",
      "events.batch_interval: 50ms",
      "logcollector.read_interval: 20ms",
      "logcollector.reload_interval: 100ms",
      // A test writes as soon as the local API answers, which may be before the file is followed.
      "logcollector.start_at: beginning",
      `logcollector.localfiles: [{ location: ${this.logPath} }]`,
      ...options,
    ];
    Deno.writeTextFileSync(this.configPath, lines.join("\n") + "\n");
  }

  /** Runs a command of the agent with this configuration. */
  command(...args: string[]): Promise<CommandResult> {
    return agent([...args, "--config", this.configPath]);
  }

  /** Registers; gives the identity that was stored. */
  async register(...args: string[]): Promise<{ id: string; key: string; name: string }> {
    const { managementUrl } = this.#server;
    const command = ["register", "--url", managementUrl, "--user", "wazuh", "--password-stdin"];
    const all = [...command, "--config", this.configPath, ...args];
    const result = await agent(all, { stdin: "topsecret" });
    assert.equal(result.code, 0, result.stderr);
    return this.identity();
  }

  /** The stored identity. */
  identity(): { id: string; key: string; name: string } {
    return JSON.parse(Deno.readTextFileSync(this.folder.file("data/identity.json")));
  }

  /** Starts the agent. */
  start(options: Parameters<typeof AgentProcess.start>[2] = {}): Promise<AgentProcess> {
    return AgentProcess.start(this.configPath, this.runFolder, options);
  }

  /** Appends lines to the followed log. */
  write(lines: readonly string[]): void {
    Deno.writeTextFileSync(this.logPath, lines.map((line) => `${line}\n`).join(""), {
      append: true,
    });
  }
}

/** `count` lines, each another. */
export function numbered(count: number, prefix = "line"): string[] {
  return Array.from({ length: count }, (_, index) => `${prefix} ${index + 1}`);
}

/** The texts of the log lines that a server received, in order. */
export function logLines(events: readonly ServerEvent[]): string[] {
  return events.filter(({ header }) => header.module === "logcollector")
    .map(({ data }) => String((data?.event as { original?: unknown } | undefined)?.original));
}

/** Which streams the shutdown message came on. */
export function shutdownMessages(events: readonly ServerEvent[]): string[] {
  return events.filter(({ stream, header, data }) =>
    stream === "stateless" ? header.operation === "shutdown" : header.module === "agent" &&
      (data?.agent as { status?: unknown } | undefined)?.status === "shutdown"
  ).map(({ stream }) => stream).sort();
}
