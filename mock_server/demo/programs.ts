/**
 * The demo's manager and agent: real processes in one temporary folder.
 *
 * @module
 */

import { generateKeyPairSync } from "node:crypto";
import type { AgentNumbers } from "./agent_numbers.ts";
import { ChildProcess } from "./child_process.ts";
import type { ReadyLine } from "../../src/manager/program.ts";
import { ManagementApi } from "./management_api.ts";

/** Of the user `wazuh`, who is the only one. */
export const PASSWORD = "topsecret";

/** A folder with a manager, an agent and their files. */
export class DemoPrograms implements AsyncDisposable {
  readonly folder: string;
  readonly recordPath: string;
  readonly agentLog: string;
  readonly #managerLog: string;
  readonly #socket: Deno.HttpClient;
  #ready: Required<ReadyLine> | undefined;
  #manager: ChildProcess | undefined;
  #agent: ChildProcess | undefined;

  constructor(folder: string) {
    this.folder = folder;
    this.recordPath = `${folder}/received.jsonl`;
    this.agentLog = `${folder}/agent.log`;
    this.#managerLog = `${folder}/manager.log`;
    const proxy = { transport: "unix" as const, path: `${folder}/run/agent.sock` };
    this.#socket = Deno.createHttpClient({ proxy });
  }

  /** Starts the manager, the second time on the ports of the first. */
  async startManager(): Promise<ReadyLine> {
    const port = (url: string | undefined) => url === undefined ? "0" : new URL(url).port;
    const args = [
      ...["--management-port", port(this.#ready?.management_url)],
      ...["--comms-port", port(this.#ready?.comms_url)],
      ...["--data-dir", `${this.folder}/manager`],
      ...["--record", this.recordPath],
      ...["--poll-timeout", "5s"],
      ...["--signing-key-file", this.#signingKey()],
    ];
    const program = { permissions: "mock-server", script: "mock_server/main.ts", args };
    this.#manager = ChildProcess.start(program, { log: this.#managerLog });
    const line = await this.#manager.firstLine();
    if (line === "") throw new Error(`The manager did not start:\n${tailOf(this.#managerLog)}`);
    this.#ready = JSON.parse(line) as Required<ReadyLine>;
    return this.#ready;
  }

  get #trustedKey(): string {
    return `${this.folder}/orders.pem`;
  }

  /** The key that the manager signs its orders with; the agent gets the other half. */
  #signingKey(): string {
    const path = `${this.folder}/orders.key`;
    if (this.#ready !== undefined) return path;
    const { privateKey, publicKey } = generateKeyPairSync("ed25519");
    const write = (path: string, pem: string | Uint8Array) =>
      Deno.writeTextFileSync(path, String(pem), { mode: 0o600 });
    write(path, privateKey.export({ format: "pem", type: "pkcs8" }));
    write(this.#trustedKey, publicKey.export({ format: "pem", type: "spki" }));
    return path;
  }

  /** Stops the manager and waits until it is gone. */
  async stopManager(): Promise<void> {
    await this.#manager?.stop();
    this.#manager = undefined;
  }

  /**
   * Writes the agent's configuration: what to follow, the folder whose packages are shown, the one whose files are watched, and verified
   * TLS with the manager's own authority.
   */
  configureAgent(
    locations: readonly string[],
    { inventoryRoot, watched }: { inventoryRoot: string; watched: string },
  ): void {
    const { comms_url, ca_cert } = this.#started();
    const lines = [
      "agent:",
      `  server_url: ${comms_url}`,
      "  verification_mode: full",
      `  ca_cert: ${ca_cert}`,
      `  path: { data: ${this.folder}/data, run: ${this.folder}/run }`,
      "  retry_interval: 500ms",
      "  retry_max_interval: 1s",
      "events: { batch_interval: 500ms }",
      `commands: { require_signature: true, trusted_keys: ${this.#trustedKey} }`,
      `inventory: { enabled: true, root: ${inventoryRoot}, interval: 1s, scan_spread: 0s,`,
      "  system: false, hardware: false, networks: false, ports: false }",
      `fim: { enabled: true, directories: [${watched}], scan_spread: 0s }`,
      "logcollector:",
      "  read_interval: 200ms",
      "  localfiles:",
      ...locations.map((location) => `    - location: ${location}`),
    ];
    Deno.writeTextFileSync(this.#config, lines.join("\n") + "\n");
  }

  /** Registers the agent; gives what the command printed. */
  async register(): Promise<string> {
    const args = [
      "register",
      ...["--url", this.#started().management_url],
      ...["--user", "wazuh", "--password-stdin", "--name", "demo", "--groups", "demo"],
      ...["--config", this.#config],
    ];
    await using child = this.#startAgent(args, PASSWORD);
    const { code, stdout } = await child.ended();
    if (code !== 0) throw new Error(`Registration failed:\n${tailOf(this.agentLog)}`);
    return stdout.trim();
  }

  /** Starts the agent. */
  startAgent(): void {
    this.#agent = this.#startAgent(["run", "--config", this.#config]);
  }

  /** Asks the agent to stop, waits until it has, gives its exit status. */
  async stopAgent(): Promise<number> {
    const code = await this.#agent?.stop() ?? 1;
    this.#agent = undefined;
    return code;
  }

  /** Sends a command to the group `demo` and waits for its result; gives one line that tells both. */
  async sendCommand(action: string, args: object): Promise<string> {
    using client = await this.#managementClient();
    const api = await this.#managementApi(client);
    await api.call("PUT", "/manager/files/demo.yml", "log: { level: debug }\n");
    const target = { type: "group", id: "demo" };
    const command = { source: "Users/Services", user: "demo", target, timeout: 30 };
    const commands = [{ ...command, action: { name: action, version: "1.0.0", args } }];
    await api.call("POST", "/_plugins/_command_manager/commands", JSON.stringify({ commands }));
    const order = await api.firstFinishedOrder();
    return `${action} for group demo: order ${order.document_id}, ${order.status}, ` +
      `"${order.result.message}"`;
  }

  /** The packages that the manager shows of the agent, as `name version`. */
  async shownPackages(): Promise<string[]> {
    const documents = await this.#documents("inventory", "packages") as {
      package: { name: string; version: string };
    }[];
    return documents.map(({ package: { name, version } }) => `${name} ${version}`);
  }

  /** The files that the manager shows of the agent: path to SHA-256. */
  async shownFiles(): Promise<Map<string, string | null>> {
    const documents = await this.#documents("fim", "file") as {
      file: { path: string; hash: { sha256: string | null } };
    }[];
    return new Map(documents.map(({ file: { path, hash } }) => [path, hash.sha256]));
  }

  /** The documents of a collector of the agent. */
  async #documents(module: string, collector: string): Promise<unknown[]> {
    using client = await this.#managementClient();
    const api = await this.#managementApi(client);
    const { agents: [agent] } = await api.call("GET", "/manager/agents") as {
      agents: { id: string }[];
    };
    const path = `/manager/agents/${agent?.id}/state?module=${module}&collector=${collector}`;
    const { documents } = await api.call("GET", path) as { documents: { data: unknown }[] };
    return documents.map(({ data }) => data);
  }

  async #managementClient(): Promise<Deno.HttpClient> {
    return Deno.createHttpClient({
      caCerts: [await Deno.readTextFile(this.#started().ca_cert)],
    });
  }

  async #managementApi(client: Deno.HttpClient): Promise<ManagementApi> {
    const api = new ManagementApi(this.#started().management_url, client);
    await api.logIn("wazuh", PASSWORD);
    return api;
  }

  /** Asks the agent for its numbers over its local API; `undefined` while it does not answer. */
  async agentNumbers(): Promise<AgentNumbers | undefined> {
    try {
      const options = { client: this.#socket, signal: AbortSignal.timeout(2_000) };
      const response = await fetch("http://agent/v1/status", options);
      return await response.json();
    } catch {
      return undefined;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#agent?.[Symbol.asyncDispose]();
    await this.#manager?.[Symbol.asyncDispose]();
    this.#socket.close();
  }

  get #config(): string {
    return `${this.folder}/agent.yaml`;
  }

  #startAgent(args: string[], stdin?: string): ChildProcess {
    const program = { permissions: "agent", script: "src/main.ts", args };
    return ChildProcess.start(program, {
      log: this.agentLog,
      ...(stdin !== undefined && { stdin }),
    });
  }

  #started(): Required<ReadyLine> {
    if (this.#ready === undefined) throw new Error("The manager has not been started");
    return this.#ready;
  }
}

/** The last lines of a log, for an error message. */
export function tailOf(path: string, lines = 20): string {
  return Deno.readTextFileSync(path).trimEnd().split("\n").slice(-lines).join("\n");
}
