/**
 * The manager as a process of its own, for end-to-end tests: from source, or, where no faults are needed, the executable
 * that `MANAGER_BIN` names.
 *
 * @module
 */

import { fileURLToPath } from "node:url";
import type { ReadyLine } from "../../src/manager/program.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const PROGRAMS = {
  "manager": "src/manager/main.ts",
  "mock-server": "mock_server/main.ts",
} as const;
const READY_WITHIN_MS = 60_000;
const STOP_WITHIN_MS = 15_000;
const MAX_STDERR_CHARACTERS = 200_000;

/** How {@linkcode ManagerProcess.start} starts it. */
export interface ManagerProcessOptions {
  /** The manager itself (from source or `MANAGER_BIN`), or the manager with faults and a record. @default "mock-server" */
  program?: keyof typeof PROGRAMS;
  /** Without one the manager keeps nothing. */
  dataFolder?: string;
  /** Plain HTTP in place of TLS. @default false */
  http?: boolean;
  /** @default 0, a free one */
  managementPort?: number;
  /** @default 0, a free one */
  commsPort?: number;
  /** More variables of its environment. */
  env?: Readonly<Record<string, string>>;
  /** More options of the manager, such as `["--fault", "events:503:0.2"]`. */
  args?: readonly string[];
}

/** One line of a record file. */
export interface RecordedEvent {
  received_at: string;
  agent_id: string;
  stream: "stateless" | "stateful";
  batch_id: string | null;
  header: Record<string, unknown>;
  /** `null` for a delete. */
  data: Record<string, unknown> | null;
}

/**
 * The events in a record file, in order; none when there is no file yet. Leaves out a last line
 * that is not complete.
 */
export async function records(file: string): Promise<RecordedEvent[]> {
  const text = await Deno.readTextFile(file).catch((error) => {
    if (error instanceof Deno.errors.NotFound) return "";
    throw error;
  });
  return text.split("\n").slice(0, -1).map((line) => JSON.parse(line) as RecordedEvent);
}

/** A manager process. Dispose of it: it is stopped, or killed when it doesn't stop. */
export class ManagerProcess implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #stderrEnd: Promise<void>;
  #stdoutEnd: Promise<void> = Promise.resolve();
  #stderr = "";
  #ready: ReadyLine = { ready: true, management_url: "", comms_url: "" };

  private constructor(options: ManagerProcessOptions) {
    const [command, ...args] = commandOf(options.program);
    this.#child = new Deno.Command(command, {
      args: [...args, ...managerArgs(options)],
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
      env: { NO_COLOR: "1", ...options.env },
    }).spawn();
    this.#stderrEnd = this.#collectStderr();
  }

  /**
   * Starts a manager and waits until it is ready.
   *
   * @throws Error with what it wrote to standard error when it ends or takes too long; the process
   * is gone then
   */
  static async start(options: ManagerProcessOptions = {}): Promise<ManagerProcess> {
    const manager = new ManagerProcess(options);
    const tooLate = setTimeout(() => manager.#signal("SIGKILL"), READY_WITHIN_MS);
    try {
      await manager.#waitUntilReady();
      return manager;
    } catch (error) {
      await manager.kill();
      throw new Error(`Manager did not start:\n${manager.stderr}`, { cause: error });
    } finally {
      clearTimeout(tooLate);
    }
  }

  get managementUrl(): string {
    return this.#ready.management_url;
  }

  get commsUrl(): string {
    return this.#ready.comms_url;
  }

  /** Port of the management API, to start another manager at the same place. */
  get managementPort(): number {
    return Number(new URL(this.managementUrl).port);
  }

  /** Port of the comms API, to start another manager at the same place. */
  get commsPort(): number {
    return Number(new URL(this.commsUrl).port);
  }

  /** The authority to trust; `undefined` with plain HTTP. */
  get caCertPath(): string | undefined {
    return this.#ready.ca_cert;
  }

  get pid(): number {
    return this.#child.pid;
  }

  /** What it has written to standard error, the newest 200,000 characters of it. */
  get stderr(): string {
    return this.#stderr;
  }

  /** Sends a signal and waits for the process to end. */
  async kill(signal: Deno.Signal = "SIGKILL"): Promise<Deno.CommandStatus> {
    this.#signal(signal);
    const status = await this.#child.status;
    await Promise.all([this.#stdoutEnd, this.#stderrEnd]);
    return status;
  }

  /**
   * Stops it in good order; kills it when that takes longer than 15 s. Harmless when it has ended
   * already.
   */
  async stop(): Promise<Deno.CommandStatus> {
    const tooLate = setTimeout(() => this.#signal("SIGKILL"), STOP_WITHIN_MS);
    try {
      return await this.kill(Deno.build.os === "windows" ? "SIGKILL" : "SIGTERM");
    } finally {
      clearTimeout(tooLate);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  #signal(signal: Deno.Signal): void {
    try {
      this.#child.kill(signal);
    } catch {
      // It has ended already.
    }
  }

  async #waitUntilReady(): Promise<void> {
    const reader = this.#child.stdout.pipeThrough(new TextDecoderStream()).getReader();
    let text = "";
    while (!text.includes("\n")) {
      const { value, done } = await reader.read();
      if (done) throw new Error("No ready line");
      text += value;
    }
    this.#stdoutEnd = drain(reader);
    this.#ready = JSON.parse(text.slice(0, text.indexOf("\n"))) as ReadyLine;
  }

  async #collectStderr(): Promise<void> {
    for await (const chunk of this.#child.stderr.pipeThrough(new TextDecoderStream())) {
      this.#stderr = (this.#stderr + chunk).slice(-MAX_STDERR_CHARACTERS);
    }
  }
}

function commandOf(program: keyof typeof PROGRAMS = "mock-server"): [string, ...string[]] {
  const executable = program === "manager" && Deno.env.get("MANAGER_BIN");
  if (executable) return [executable];
  const source = ["--config", `${ROOT}deno.json`, `${ROOT}${PROGRAMS[program]}`];
  return [Deno.execPath(), "run", `-P=${program}`, ...source];
}

function managerArgs(options: ManagerProcessOptions): string[] {
  const {
    dataFolder,
    http = false,
    managementPort = 0,
    commsPort = 0,
    args = [],
  } = options;
  return [
    "--management-port",
    String(managementPort),
    "--comms-port",
    String(commsPort),
    ...(http ? ["--http"] : []),
    ...(dataFolder === undefined ? [] : ["--data-dir", dataFolder]),
    ...args,
  ];
}

async function drain(reader: ReadableStreamDefaultReader<string>): Promise<void> {
  while (!(await reader.read()).done);
}
