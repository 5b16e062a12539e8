/**
 * The process of an agent, which is started again whenever it ends.
 *
 * @module
 */

import { fileURLToPath } from "node:url";
import { sourceRunArgs } from "../../../src/agent/process/source_run.ts";
import { clockVariables } from "./agent_clock.ts";

/** Statuses with which an agent ends that was told to: done, SIGTERM, restart asked of whoever supervises it. */
const ORDERLY = [0, 143, 75];
const PAUSE_AFTER_FAILURE_MS = 300;
/** By then an agent follows its files, or something holds it up. */
const AT_WORK_WITHIN_MS = 120_000;
const AT_WORK = '"message":"Following files"';
const SABOTAGED_AGENT = fileURLToPath(new URL("./sabotaged_agent.ts", import.meta.url));

/** What an {@linkcode AgentProcess} is started with. */
export interface AgentProcessOptions {
  configPath: string;
  /** Standard error of all processes goes there. */
  logPath: string;
  /** The file that sets its wall clock. */
  clockPath: string;
  /** Path of a compiled agent. @default the agent from source */
  executable?: string | undefined;
  /** Runs the agent that breaks its promise, from source. */
  sabotage: boolean;
}

/** One process after the other. */
export class AgentProcess implements AsyncDisposable {
  /** Ends that nobody asked for, and starts that got nowhere, with the last line of the log. */
  readonly failures: string[] = [];
  readonly #options: AgentProcessOptions;
  #child: Deno.ChildProcess | undefined;
  #keeping: Promise<void> = Promise.resolve();
  #stopping = false;
  #killed = false;
  #hasSpoken = false;
  #starts = 0;
  #kills = 0;
  #started = Promise.withResolvers<void>();
  #working = Promise.withResolvers<void>();

  constructor(options: AgentProcessOptions) {
    this.#options = options;
  }

  /** How often a process was started. */
  get starts(): number {
    return this.#starts;
  }

  /** How often a process ended by SIGKILL. */
  get kills(): number {
    return this.#kills;
  }

  /** Starts it, and again whenever it ends, until {@linkcode stop}. */
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

  /**
   * Sends SIGHUP once the process has said something, as a service manager waits until it is ready. Before that it may not hear it,
   * and will read its configuration anyway.
   */
  askToReload(): void {
    if (this.#hasSpoken) this.signal("SIGHUP");
  }

  /** Lets `killer` kill the process with this id; resolves with whether it did. */
  async killedBy(killer: (pid: number) => Promise<boolean>): Promise<boolean> {
    const child = this.#child;
    if (child === undefined) return false;
    this.#killed = true;
    const isDead = await killer(child.pid);
    if (!isDead && this.#child === child) this.#killed = false;
    return isDead;
  }

  /** Resolves when the next process has been started. */
  nextStart(): Promise<void> {
    return this.#started.promise;
  }

  /** Resolves once a process follows its files, or with the signal; one that does not get there is a failure. */
  async atWork(signal: AbortSignal): Promise<void> {
    const late = AbortSignal.timeout(AT_WORK_WITHIN_MS);
    await Promise.race([this.#working.promise, aborted(AbortSignal.any([signal, late]))]);
    if (late.aborted) this.failures.push(`not at work, ${lastLine(this.#options.logPath)}`);
  }

  /** Asks it to stop and waits until it has. */
  async stop(): Promise<void> {
    this.#stopping = true;
    this.signal("SIGTERM");
    await this.#keeping;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopping = true;
    this.signal("SIGKILL");
    await this.#keeping;
  }

  async #keepRunning(): Promise<void> {
    while (!this.#stopping) {
      const { code, signal } = await this.#runOnce();
      if (signal === "SIGKILL") this.#kills++;
      if (this.#killed || this.#stopping || ORDERLY.includes(code)) continue;
      this.failures.push(
        `ended by itself, status ${code}: ${lastLine(this.#options.logPath)}`,
      );
      await new Promise((resolve) => setTimeout(resolve, PAUSE_AFTER_FAILURE_MS));
    }
  }

  async #runOnce(): Promise<Deno.CommandStatus> {
    // Closed by the pipe: left open by it, the file would miss the last lines.
    const log = Deno.openSync(this.#options.logPath, { create: true, append: true });
    this.#killed = false;
    this.#hasSpoken = false;
    const child = this.#spawn();
    this.#child = child;
    this.#starts++;
    const { resolve } = this.#started;
    this.#started = Promise.withResolvers<void>();
    const working = this.#working = Promise.withResolvers<void>();
    resolve();
    await child.stderr.pipeThrough(noticing(AT_WORK, working.resolve))
      .pipeThrough(noticing("", () => this.#hasSpoken = true)).pipeTo(log.writable);
    return await child.status;
  }

  #spawn(): Deno.ChildProcess {
    const { executable, sabotage, configPath, clockPath } = this.#options;
    const args = ["run", "--config", configPath];
    return new Deno.Command(executable ?? Deno.execPath(), {
      args: executable === undefined ? [...fromSource(sabotage), ...args] : args,
      env: {
        NO_COLOR: "1",
        // It asks us to start it again after a restart, so that its process id is always known.
        AGENT_SUPERVISED: "driver",
        ...clockVariables(clockPath),
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

/** Passes text on, and calls `notice` at the first of these words. */
function noticing(words: string, notice: () => void): TransformStream<Uint8Array, Uint8Array> {
  const decoder = new TextDecoder();
  return new TransformStream({
    transform(bytes, controller) {
      if (decoder.decode(bytes, { stream: true }).includes(words)) notice();
      controller.enqueue(bytes);
    },
  });
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}

function lastLine(path: string): string {
  return Deno.readTextFileSync(path).trimEnd().split("\n").at(-1) ?? "";
}
