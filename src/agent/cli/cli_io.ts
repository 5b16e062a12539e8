/**
 * All that a command may know of the process it runs in: what it reads, where it writes and when it
 * must stop.
 *
 * @module
 */

import type { ProcessSignals, ReloadRequests } from "../process/signals.ts";
import { dropEnvironment, dropRun } from "../process/drop_permissions.ts";
import { isStartedAgain } from "../process/restart.ts";
import { takeEnvironment } from "../process/environment.ts";
import { isJournal } from "../service/journal_stream.ts";
import { promptHidden } from "./hidden_prompt.ts";

/** A terminal that is drawn on. */
export interface Terminal {
  size(): { columns: number; rows: number };
  /** Calls `listener` when the size changes; returns a function that ends it. */
  onResize(listener: () => void): () => void;
}

/** Handed to every command; tests hand in their own. */
export interface CliIo {
  /** Writes the command's result. */
  stdout(text: string): void;
  /** Writes everything else: progress, warnings, logs. */
  stderr(text: string): void;
  /** Resolves when standard error has taken what was written, or soon after if nobody reads it. */
  flushStderr(): Promise<void>;
  /** Environment variables by name. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /**
   * Gives back the rights that only a start needs, and that to start programs unless the program does that.
   *
   * @default there are none to give back
   */
  endStart?(later: { startsPrograms: boolean }): Promise<void>;
  /** What is wrong with this process, to be said before anything else. @default nothing */
  readonly warnings?: readonly string[];
  /** Which of the standard streams are terminals. */
  readonly isTerminal: {
    readonly stdin: boolean;
    readonly stdout: boolean;
    readonly stderr: boolean;
  };
  /** Whether standard error goes to systemd's journal. @default false */
  readonly toJournal?: boolean;
  /** The terminal of standard output. @default there is none */
  readonly terminal?: Terminal | undefined;
  /**
   * All of standard input as text.
   *
   * @throws RangeError when there is more than 1 MiB of it
   */
  readStdin(): Promise<string>;
  /**
   * Standard input, piece by piece as it comes, until it ends or the signal is aborted.
   *
   * @default there is none
   */
  readonly stdin?: (signal: AbortSignal) => AsyncIterable<Uint8Array>;
  /**
   * Asks for a line that is not shown while it is typed; `null` when cancelled or when there is no
   * terminal.
   */
  promptHidden(question: string): Promise<string | null>;
  /** Aborted when the command must stop. */
  readonly signal: AbortSignal;
  /** Requests to read the configuration again, for a command that stays. */
  readonly reloads: ReloadRequests;
}

/**
 * The process itself. One that stays (`longRunning`) never waits for whoever reads its standard
 * error; the text of any other one is short, and all of it wanted.
 */
export async function systemIo(
  { stop: signal, reloads }: ProcessSignals,
  { longRunning }: { longRunning: boolean },
): Promise<CliIo> {
  const isTerminal = {
    stdin: Deno.stdin.isTerminal(),
    stdout: Deno.stdout.isTerminal(),
    stderr: Deno.stderr.isTerminal(),
  };
  const { env, warnings } = takeEnvironment();
  return {
    stdout: (text) => writeAll(Deno.stdout, text),
    ...(longRunning ? await backgroundStderr() : {
      stderr: (text: string) => writeAll(Deno.stderr, text),
      flushStderr: () => Promise.resolve(),
    }),
    env,
    warnings,
    async endStart({ startsPrograms }) {
      await dropEnvironment(env);
      if (!startsPrograms && isStartedAgain(env)) await dropRun();
    },
    isTerminal,
    toJournal: isJournal(env.JOURNAL_STREAM),
    terminal: isTerminal.stdout ? SYSTEM_TERMINAL : undefined,
    readStdin: () => readAll(Deno.stdin.readable),
    stdin: (signal) => piecesOf(Deno.stdin.readable, signal),
    promptHidden: (question) => {
      if (!isTerminal.stdin) return Promise.resolve(null);
      const write = (text: string) => writeAll(Deno.stderr, text);
      return promptHidden(question, { terminal: Deno.stdin, write, signal });
    },
    signal,
    reloads,
  };
}

const SYSTEM_TERMINAL: Terminal = {
  size: () => Deno.consoleSize(),
  onResize(listener) {
    // Windows has no such signal: there the next picture has the new size.
    if (Deno.build.os === "windows") return () => {};
    Deno.addSignalListener("SIGWINCH", listener);
    return () => Deno.removeSignalListener("SIGWINCH", listener);
  },
};

async function backgroundStderr(): Promise<Pick<CliIo, "stderr" | "flushStderr">> {
  const { BackgroundOutput } = await import("../../shared/log/background_output.ts");
  const output = new BackgroundOutput(Deno.stderr);
  return { stderr: (text) => output.write(text), flushStderr: () => output.flush() };
}

const MAX_STDIN_BYTES = 1_048_576;

async function readAll(input: ReadableStream<Uint8Array>): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  let bytes = 0;
  for await (const chunk of input) {
    bytes += chunk.length;
    if (bytes > MAX_STDIN_BYTES) throw new RangeError("Standard input is larger than 1 MiB");
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}

async function* piecesOf(
  input: ReadableStream<Uint8Array>,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const reader = input.getReader();
  const cancel = () => void reader.cancel().catch(() => {});
  signal.addEventListener("abort", cancel, { once: true });
  try {
    for (let piece = await reader.read(); !piece.done; piece = await reader.read()) {
      yield piece.value;
    }
  } finally {
    signal.removeEventListener("abort", cancel);
    cancel();
  }
}

function writeAll(output: { writeSync(bytes: Uint8Array): number }, text: string): void {
  let bytes = new TextEncoder().encode(text);
  while (bytes.length > 0) bytes = bytes.subarray(output.writeSync(bytes));
}
