/**
 * One agent of a run: its folder, its disk, its logs, and a process that is started again whenever it ends.
 *
 * @module
 */

import { fileURLToPath } from "node:url";
import { sourceRunArgs } from "../../../src/agent/process/source_run.ts";
import { agent } from "../../support/agent_process.ts";
import type { FaultRelay } from "./fault_relay.ts";
import { LogProgram } from "./log_program.ts";
import { SmallDisk } from "./small_disk.ts";

const DISK_BYTES = 48 * 1024 * 1024;
const LINES_PER_SECOND = 50;
/** Statuses with which an agent ends that was told to: done, SIGTERM, restart asked of whoever supervises it. */
const ORDERLY = [0, 143, 75];
const PAUSE_AFTER_FAILURE_MS = 300;
const SABOTAGED_AGENT = fileURLToPath(new URL("./sabotaged_agent.ts", import.meta.url));
const FAKETIME = "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1";

/** What an {@linkcode AgentSide} is made of. */
export interface AgentSideOptions {
  /** Its name: `a1`. */
  name: string;
  folder: string;
  relay: FaultRelay;
  caCertPath: string;
  /** Names of the rotations of its programs. */
  rotations: readonly string[];
  random: () => number;
  /** Path of the compiled agent. @default the agent from source */
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
  /** Ends that nobody asked for, as `status N: last line of the log`. */
  readonly unexpectedEnds: string[] = [];
  readonly #options: AgentSideOptions;
  #child: Deno.ChildProcess | undefined;
  #keeping: Promise<void> = Promise.resolve();
  #stopping = false;
  #killed = false;
  #starts = 0;
  #started = Promise.withResolvers<void>();

  constructor(options: AgentSideOptions) {
    const { name, folder, relay, random, rotations } = options;
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
        linesPerSecond: LINES_PER_SECOND,
        random,
      })
    );
    Deno.writeTextFileSync(this.#clockPath, "+0\n");
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

  /** How often a process was started. */
  get starts(): number {
    return this.#starts;
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
    Deno.writeTextFileSync(this.configPath, lines.join("\n") + "\n");
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

  /** Starts the agent, and again whenever it ends, until {@linkcode stop}. */
  start(): void {
    this.#stopping = false;
    this.#keeping = this.#keepRunning();
  }

  /** Sends a signal, if there is a process. */
  signal(signal: Deno.Signal): void {
    if (signal === "SIGKILL") this.#killed = true;
    try {
      this.#child?.kill(signal);
    } catch {
      // It has just ended by itself.
    }
  }

  /** Resolves when the next process has been started. */
  nextStart(): Promise<void> {
    return this.#started.promise;
  }

  /** Sets the agent's wall clock `seconds` ahead of the machine's (behind, when negative), where libfaketime is installed. */
  setClock(seconds: number): void {
    const text = `${seconds < 0 ? "" : "+"}${seconds}\n`;
    Deno.writeTextFileSync(`${this.#clockPath}.new`, text);
    Deno.renameSync(`${this.#clockPath}.new`, this.#clockPath);
  }

  /** Whether {@linkcode setClock} has an effect. */
  static get canSetClock(): boolean {
    try {
      return Deno.statSync(FAKETIME).isFile;
    } catch {
      return false;
    }
  }

  /** Asks the agent to stop and waits until it has; gives the exit status. */
  async stop(): Promise<void> {
    this.#stopping = true;
    this.signal("SIGTERM");
    await this.#keeping;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopping = true;
    this.signal("SIGKILL");
    await this.#keeping;
    this.disk?.[Symbol.dispose]();
  }

  get #clockPath(): string {
    return `${this.folder}/clock`;
  }

  async #keepRunning(): Promise<void> {
    while (!this.#stopping) {
      const { code } = await this.#runOnce();
      if (this.#killed || this.#stopping || ORDERLY.includes(code)) continue;
      this.unexpectedEnds.push(`status ${code}: ${lastLine(this.logPath)}`);
      await new Promise((resolve) => setTimeout(resolve, PAUSE_AFTER_FAILURE_MS));
    }
  }

  async #runOnce(): Promise<Deno.CommandStatus> {
    // Closed by the pipe: left open by it, the file would miss the last lines.
    const log = Deno.openSync(this.logPath, { create: true, append: true });
    this.#killed = false;
    const child = this.#spawn();
    this.#child = child;
    this.#starts++;
    const { resolve } = this.#started;
    this.#started = Promise.withResolvers<void>();
    resolve();
    await child.stderr.pipeTo(log.writable);
    return await child.status;
  }

  #spawn(): Deno.ChildProcess {
    const { executable, sabotage } = this.#options;
    const args = ["run", "--config", this.configPath];
    const clock = { LD_PRELOAD: FAKETIME, FAKETIME_TIMESTAMP_FILE: this.#clockPath };
    return new Deno.Command(executable ?? Deno.execPath(), {
      args: executable === undefined ? [...fromSource(sabotage), ...args] : args,
      env: {
        NO_COLOR: "1",
        // It asks us to start it again after a restart, so that its process id is always known.
        AGENT_SUPERVISED: "driver",
        ...(AgentSide.canSetClock && {
          ...clock,
          FAKETIME_DONT_FAKE_MONOTONIC: "1",
          FAKETIME_CACHE_DURATION: "1",
        }),
      },
      stdin: "null",
      stdout: "null",
      stderr: "piped",
    }).spawn();
  }
}

function fromSource(sabotage: boolean): string[] {
  const args = sourceRunArgs();
  return sabotage ? [...args.slice(0, -1), SABOTAGED_AGENT] : args;
}

function lastLine(path: string): string {
  return Deno.readTextFileSync(path).trimEnd().split("\n").at(-1) ?? "";
}
