/**
 * The agent as a process of its own: from source, or the executable that `AGENT_BIN` names.
 *
 * @module
 */

import { sourceRunArgs } from "../../src/agent/process/source_run.ts";
import type { StatusDocument } from "../../src/shared/protocol/status_document.ts";

const START_WITHIN_MS = 60_000;
/** Ends a test that would wait for ever; far beyond what any of them takes. */
const HAPPENS_WITHIN_MS = 120_000;
const LOOK_INTERVAL_MS = 25;

/** How a command ended. */
export interface CommandResult {
  code: number;
  stdout: string;
  stderr: string;
}

/** Runs one command of the agent to its end. */
export async function agent(
  args: readonly string[],
  { stdin, env = {}, program }: {
    stdin?: string;
    env?: Record<string, string>;
    /** The executable. @default that of the tests */
    program?: string;
  } = {},
): Promise<CommandResult> {
  const child = spawn(args, { stdin: stdin === undefined ? "null" : "piped", env, program });
  if (stdin !== undefined) {
    const writer = child.stdin.getWriter();
    await writer.write(new TextEncoder().encode(stdin));
    await writer.close();
  }
  const { code, stdout, stderr } = await child.output();
  return { code, stdout: textOf(stdout), stderr: textOf(stderr) };
}

/** How an agent is started. */
interface StartOptions {
  /** False: nobody reads its standard error before {@linkcode AgentProcess.readLog}. @default true */
  readLog?: boolean;
  /** Variables beside those of the tests. @default none */
  env?: Record<string, string>;
  /** The executable. @default that of the tests */
  program?: string;
}

/** A running agent. Killed when disposed, if it is still there. */
export class AgentProcess implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  #stderrEnd: Promise<void> = Promise.resolve();
  readonly #socket: Deno.HttpClient;
  #stderr = "";
  #ended = false;

  private constructor(
    configPath: string,
    runFolder: string,
    { readLog = true, env = {}, program }: StartOptions,
  ) {
    this.#child = spawn(["run", "--config", configPath], { stdin: "null", env, program });
    if (readLog) this.readLog();
    const proxy = { transport: "unix" as const, path: `${runFolder}/agent.sock` };
    this.#socket = Deno.createHttpClient({ proxy });
  }

  /** Starts an agent and waits until its local API answers. */
  static async start(
    configPath: string,
    runFolder: string,
    options: StartOptions = {},
  ): Promise<AgentProcess> {
    const started = new AgentProcess(configPath, runFolder, options);
    try {
      await started.#waitUntilItAnswers();
      return started;
    } catch (error) {
      await started[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Begins to read standard error, for an agent that was started without. */
  readLog(): void {
    this.#stderrEnd = this.#collectStderr();
  }

  /** What it has written to standard error. */
  get stderr(): string {
    return this.#stderr;
  }

  get pid(): number {
    return this.#child.pid;
  }

  /** Its status document. */
  async status(): Promise<StatusDocument> {
    const signal = AbortSignal.timeout(START_WITHIN_MS);
    const response = await fetch("http://agent/v1/status", { client: this.#socket, signal });
    return await response.json();
  }

  /** Resolves when the status, or the log by then, is as wanted; throws with both when the agent ends first, or it never comes. */
  async until(
    isSo: (status: StatusDocument, log: string) => boolean,
  ): Promise<StatusDocument> {
    const deadline = performance.now() + HAPPENS_WITHIN_MS;
    for (;;) {
      if (this.#ended) throw new Error(`The agent has ended:\n${this.#stderr}`);
      const status = await this.status();
      if (isSo(status, this.#stderr)) return status;
      if (performance.now() > deadline) {
        throw new Error(`It did not happen:\n${JSON.stringify(status, null, 2)}\n${this.#stderr}`);
      }
      await new Promise((resolve) => setTimeout(resolve, LOOK_INTERVAL_MS));
    }
  }

  /** Sends a signal without waiting. */
  signal(signal: Deno.Signal): void {
    this.#child.kill(signal);
  }

  /** Sends a signal and waits for the end; gives the exit status. Throws with the log when it never ends. */
  async stop(signal: Deno.Signal = "SIGTERM"): Promise<number> {
    this.#child.kill(signal);
    const tooLate = setTimeout(() => this.#child.kill("SIGKILL"), HAPPENS_WITHIN_MS);
    const code = await this.ended();
    clearTimeout(tooLate);
    if (code === 137 && signal !== "SIGKILL") throw new Error(`It did not stop:\n${this.#stderr}`);
    return code;
  }

  /** Waits for the end; gives the exit status. */
  async ended(): Promise<number> {
    const { code } = await this.#child.status;
    this.#ended = true;
    await this.#stderrEnd;
    return code;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.#child.kill("SIGKILL");
    } catch {
      // It has ended already.
    }
    await this.ended();
    this.#socket.close();
  }

  async #waitUntilItAnswers(): Promise<void> {
    const deadline = performance.now() + START_WITHIN_MS;
    this.#child.status.then(() => this.#ended = true);
    while (performance.now() < deadline) {
      if (this.#ended) break;
      const answered = await this.status().then(() => true, () => false);
      if (answered) return;
      await new Promise((resolve) => setTimeout(resolve, LOOK_INTERVAL_MS));
    }
    throw new Error(`The agent did not start:\n${this.#stderr}`);
  }

  async #collectStderr(): Promise<void> {
    for await (const chunk of this.#child.stderr.pipeThrough(new TextDecoderStream())) {
      this.#stderr += chunk;
    }
  }
}

function spawn(
  args: readonly string[],
  { stdin, env, program }: {
    stdin: "null" | "piped";
    env: Record<string, string>;
    program: string | undefined;
  },
): Deno.ChildProcess {
  const binary = program ?? Deno.env.get("AGENT_BIN");
  const fromSource = sourceRunArgs();
  return new Deno.Command(binary ?? Deno.execPath(), {
    args: binary === undefined ? [...fromSource, ...args] : [...args],
    env: { NO_COLOR: "1", ...env },
    stdin,
    stdout: "piped",
    stderr: "piped",
  }).spawn();
}

function textOf(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}
