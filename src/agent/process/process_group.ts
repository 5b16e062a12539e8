/**
 * One program and whatever it starts, as a process group of its own, so that all of it ends
 * together.
 *
 * The group is killed when the program has ended or the signal is aborted, whichever comes first:
 * nothing outlives its command. A program that leaves the group on purpose (`setsid`) can't be
 * found; should it hold the output open, it is waited for {@linkcode DRAIN_MS} and no longer.
 *
 * @module
 */

import type { Clock } from "../../shared/clock.ts";
import { LimitedOutput } from "./limited_output.ts";

/** What is run and how. */
interface ProgramOptions {
  path: string;
  arguments: readonly string[];
  /** Text on standard input. @default none */
  input?: string;
  /** The environment. @default a plain one, without sbin in PATH */
  env?: Readonly<Record<string, string>>;
  /** @default the root */
  cwd?: string;
  /** Most bytes that are kept of each output. */
  maxOutputBytes: number;
  /** Whether a program that writes more is ended. @default it goes on, and the rest is thrown away */
  endsWhenCut?: boolean;
  /** Told the number of the group once it has begun. */
  onStart?: (group: number) => void;
  clock: Clock;
  signal: AbortSignal;
}

/** How a program ended. */
interface ProgramResult {
  exit_status: number;
  /** The signal that ended it, or `null`. */
  signal: string | null;
  stdout: string;
  stderr: string;
  /** Whether one of the outputs is cut. */
  cut: boolean;
}

const PLAIN = { PATH: "/usr/bin:/bin", LANG: "C" };
/** How long outputs are read after the group has ended, in milliseconds. */
const DRAIN_MS = 1_000;

/**
 * Runs a program to its end.
 *
 * @throws the signal's reason when aborted; the group has been killed then
 * @throws {Deno.errors} when the program can't be started
 */
export async function runProgram(options: ProgramOptions): Promise<ProgramResult> {
  const { maxOutputBytes, clock, signal } = options;
  signal.throwIfAborted();
  const child = spawn(options);
  options.onStart?.(child.pid);
  const onCut = options.endsWhenCut ? () => killGroup(child.pid) : undefined;
  const outputs = {
    stdout: new LimitedOutput(child.stdout, maxOutputBytes, onCut),
    stderr: new LimitedOutput(child.stderr, maxOutputBytes, onCut),
  };
  const reading = Promise.all([outputs.stdout.read(), outputs.stderr.read()]);
  // Heard in drain(); an output that fails before then must not end the agent.
  reading.catch(() => {});
  const writing = write(child.stdin, options.input ?? "");
  const status = await endOf(child, signal);
  await drain(reading, outputs, clock);
  await writing.stop();
  signal.throwIfAborted();
  return {
    exit_status: status.code,
    signal: status.signal,
    stdout: outputs.stdout.text(),
    stderr: outputs.stderr.text(),
    cut: outputs.stdout.isCut || outputs.stderr.isCut,
  };
}

function spawn(
  { path, arguments: args, env = PLAIN, cwd = "/" }: ProgramOptions,
): Deno.ChildProcess {
  return new Deno.Command(path, {
    args: [...args],
    clearEnv: true,
    env: { ...env },
    cwd,
    // A session of its own, whose process group has the number of the program.
    detached: true,
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
}

/** Waits for the end of the program and ends its group, at the latest when the signal is aborted. */
async function endOf(child: Deno.ChildProcess, signal: AbortSignal): Promise<Deno.CommandStatus> {
  const kill = () => killGroup(child.pid);
  signal.addEventListener("abort", kill, { once: true });
  try {
    return await child.status;
  } finally {
    signal.removeEventListener("abort", kill);
    kill();
  }
}

/** Kills a process group, which keeps its number for as long as one of its processes lives; it may have ended already. */
export function killGroup(pid: number): void {
  try {
    Deno.kill(-pid, "SIGKILL");
  } catch {
    // Nobody is left in it, which systems say in different ways.
  }
}

async function drain(
  reading: Promise<unknown>,
  { stdout, stderr }: Record<"stdout" | "stderr", LimitedOutput>,
  clock: Clock,
): Promise<void> {
  const done = new AbortController();
  const tooLong = clock.sleep(DRAIN_MS, done.signal).catch(() => {});
  await Promise.race([reading, tooLong]);
  done.abort();
  await Promise.all([stdout.stop(), stderr.stop()]);
  await reading;
}

/** Writes the input; a program that doesn't read it, or not all of it, does nothing wrong. */
function write(stdin: WritableStream<Uint8Array>, input: string): { stop(): Promise<void> } {
  const writer = stdin.getWriter();
  const written = writer.write(new TextEncoder().encode(input))
    .then(() => writer.close())
    .catch(() => {});
  return {
    async stop() {
      await writer.abort().catch(() => {});
      await written;
    },
  };
}
