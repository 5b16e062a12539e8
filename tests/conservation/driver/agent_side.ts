/**
 * One agent of a run: its folder, its disk, its logs, and its process.
 *
 * @module
 */

import { agent } from "../../support/agent_process.ts";
import { randomFrom } from "../../support/random.ts";
import { setClock } from "./agent_clock.ts";
import { AgentProcess } from "./agent_process.ts";
import type { FaultRelay } from "./fault_relay.ts";
import { LogProgram } from "./log_program.ts";
import { SmallDisk } from "./small_disk.ts";

const DISK_BYTES = 48 * 1024 * 1024;
/** What an {@linkcode AgentSide} is made of. */
export interface AgentSideOptions {
  /** Its name: `a1`. */
  name: string;
  folder: string;
  relay: FaultRelay;
  caCertPath: string;
  /** Names of the rotations of its programs. */
  rotations: readonly string[];
  /** Lines that each of them writes in a second. */
  linesPerSecond: number;
  /** Number of the newest line of a program that has arrived at the manager. */
  newestArrived(source: string): number;
  random: () => number;
  /** Path of a compiled agent. @default the agent from source */
  executable?: string | undefined;
  /** Runs the agent that breaks its promise. */
  sabotage: boolean;
}

/** An agent and everything around it. */
export class AgentSide implements AsyncDisposable {
  readonly name: string;
  readonly folder: string;
  readonly relay: FaultRelay;
  readonly programs: readonly LogProgram[];
  /** `undefined` where none may be mounted. */
  readonly disk: SmallDisk | undefined;
  readonly process: AgentProcess;
  readonly #options: AgentSideOptions;
  constructor(options: AgentSideOptions) {
    const { name, folder, relay, random, rotations, linesPerSecond } = options;
    this.#options = options;
    this.name = name;
    this.folder = folder;
    this.relay = relay;
    Deno.mkdirSync(folder, { recursive: true });
    this.disk = SmallDisk.mount(`${folder}/data`, DISK_BYTES);
    this.programs = rotations.map((rotation) =>
      new LogProgram({
        folder: `${folder}/logs/${rotation}`,
        source: `${name}/${rotation}`,
        rotation,
        linesPerSecond,
        newestArrived: options.newestArrived,
        random: randomFrom(Math.floor(random() * 2 ** 31)),
      })
    );
    this.setClock(0);
    this.process = new AgentProcess({
      configPath: this.configPath,
      logPath: this.logPath,
      clockPath: this.#clockPath,
      executable: options.executable,
      sabotage: options.sabotage,
    });
    this.configure([]);
  }

  get configPath(): string {
    return `${this.folder}/agent.yaml`;
  }

  get databasePath(): string {
    return `${this.folder}/data/agent.db`;
  }

  get logPath(): string {
    return `${this.folder}/agent.log`;
  }

  /** Id that the agent has at the manager. */
  get id(): string {
    return JSON.parse(Deno.readTextFileSync(`${this.folder}/data/identity.json`)).id;
  }

  /** Writes the configuration; `options` are lines of YAML. */
  configure(options: readonly string[]): void {
    const lines = [
      `agent.server_url: https://127.0.0.1:${this.relay.port}`,
      `agent.ca_cert: ${this.#options.caCertPath}`,
      `agent.path.data: ${this.folder}/data`,
      `agent.path.run: ${this.folder}/run`,
      "agent.retry_interval: 50ms",
      "agent.retry_max_interval: 1s",
      "agent.request_timeout: 5s",
      "agent.shutdown_notify_timeout: 2s",
      "events.batch_interval: 100ms",
      "active_response.enabled: true",
      "logcollector.start_at: beginning",
      "logcollector.localfiles:",
      ...this.programs.map(({ follow }) => `  - location: ${follow}`),
      ...options,
    ];
    // Whole at any moment: an agent may start in it.
    Deno.writeTextFileSync(`${this.configPath}.new`, lines.join("\n") + "\n");
    Deno.renameSync(`${this.configPath}.new`, this.configPath);
  }

  /** Registers at the manager, and gives the agent a script that counts how often it is run. */
  async register(managementUrl: string): Promise<void> {
    const words = ["register", "--url", managementUrl, "--user", "wazuh", "--password-stdin"];
    const args = [...words, "--name", this.name, "--config", this.configPath];
    const { code, stderr } = await agent(args, { stdin: "topsecret" });
    if (code !== 0) throw new Error(`Agent "${this.name}" cannot register: ${stderr}`);
    const scripts = `${this.folder}/data/active-response/bin`;
    Deno.mkdirSync(scripts, { recursive: true, mode: 0o700 });
    const script = `#!/bin/sh\necho "$1" >> '${this.scriptRunsPath}'\n`;
    Deno.writeTextFileSync(`${scripts}/count`, script, { mode: 0o700 });
  }

  /** One line for each run of the script: its first argument. */
  get scriptRunsPath(): string {
    return `${this.folder}/script_runs`;
  }

  /** Sets the agent's wall clock `seconds` ahead of the machine's (behind, when negative), where libfaketime is installed. */
  setClock(seconds: number): void {
    setClock(this.#clockPath, seconds);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.process[Symbol.asyncDispose]();
    this.disk?.[Symbol.dispose]();
  }

  get #clockPath(): string {
    return `${this.folder}/clock`;
  }
}
