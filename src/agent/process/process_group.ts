/**
 * One program and whatever it starts, as a process group of its own, so that all of it ends
 * together.
 *
 * The group is killed when the program has ended or the signal is aborted, whichever comes first:
 * nothing outlives its command. A program that leaves the group on purpose (`setsid`) isn't found
 * by this (see `marked_processes.ts`); should it hold the output open, it is waited for {@linkcode DRAIN_MS} and no longer.
 *
 * @module
 */

import { AnySignal } from "../../shared/any_signal.ts";
import type { Clock } from "../../shared/clock.ts";
import { FirstLine } from "./first_line.ts";
import { LimitedOutput } from "./limited_output.ts";

/** What is run and how. */
interface ProgramOptions {
  path: string;
  arguments: readonly string[];
  /** Text on standard input, which is closed behind it. @default none */
  input?: string;
  /** The environment. @default a plain one, without sbin in PATH */
  env?: Readonly<Record<string, string>>;
  /** @default the root */
  cwd?: string;
  /**
   * Asked with the first line of standard output, if there is one; what it gives is written behind the
   * input, which stays open until then. Should it fail, the program is ended. @default nobody is asked
   */
  answer?: ((firstLine: string) => Promise<string>) | undefined;
  /** Most bytes that are kept of each output. */
  maxOutputBytes: number;
  /**
   * Whether it is started by `setsid` where that is: the runtime's own way to a session (fork) copies the page tables of the agent,
   * which takes 7 ms at 60 MB and 80 ms at 360 MB, the other 1.3 ms. @default false
   */
  quickStart?: boolean;
  /** Whether a program that writes more is ended. @default it goes on, and the rest is thrown away */
  endsWhenCut?: boolean;
  /** Told the number of the group once it has begun. */
  onStart?: (group: number) => void;
  clock: Clock;
  signal: AbortSignal;
}

/** How a program ended. */
export interface ProgramResult {
  exit_status: number;
  /** The signal that ended it, or `null`. */
  signal: string | null;
  stdout: string;
  stderr: string;
  /** Whether one of the outputs is cut. */
  cut: boolean;
}

const PLAIN = { PATH: "/usr/bin:/bin", LANG: "C" };
const SETSID = "/usr/bin/setsid";
/** Its exit status when it cannot run what it is to run. */
const SETSID_FAILURES = [126, 127];
/** How long outputs are read after the group has ended, in milliseconds. */
const DRAIN_MS = 1_000;

/**
 * Runs a program to its end.
 *
 * @throws the signal's reason when aborted; the group has been killed then
 * @throws {Deno.errors} when the program can't be started, {@linkcode ProgramStartError} with `quickStart`
 */
export async function runProgram(options: ProgramOptions): Promise<ProgramResult> {
  const { maxOutputBytes, clock } = options;
  options.signal.throwIfAborted();
  const child = spawn(options);
  options.onStart?.(child.pid);
  const firstLine = new FirstLine();
  const onPiece = (piece: Uint8Array) => firstLine.add(piece);
  const onCut = options.endsWhenCut ? () => killGroup(child.pid) : undefined;
  const outputs = {
    stdout: new LimitedOutput(child.stdout, maxOutputBytes, { onCut, onPiece }),
    stderr: new LimitedOutput(child.stderr, maxOutputBytes, { onCut }),
  };
  const reading = Promise.all([outputs.stdout.read(), outputs.stderr.read()]);
  // Heard in drain(); an output that fails before then must not end the agent.
  reading.catch(() => {});
  const noAnswer = new AbortController();
  using either = new AnySignal(options.signal, noAnswer.signal);
  const { signal } = either;
  const writing = write(child.stdin, {
    ...options,
    firstLine: firstLine.text,
    onFailure: (error) => noAnswer.abort(error),
  });
  const status = await endOf(child, signal);
  await drain(reading, outputs, clock);
  firstLine.end();
  await writing.stop();
  signal.throwIfAborted();
  if (isQuick(options)) requireStarted(status, outputs.stderr.text());
  return {
    exit_status: status.code,
    signal: status.signal,
    stdout: outputs.stdout.text(),
    stderr: outputs.stderr.text(),
    cut: outputs.stdout.isCut || outputs.stderr.isCut,
  };
}

/** How a program ended, such as `exit status 3` or `ended by SIGKILL`. */
export function endText({ exit_status, signal }: ProgramResult): string {
  return signal === null ? `exit status ${exit_status}` : `ended by ${signal}`;
}

/** It could not be started: there is no such program, no right to run it, or nothing that could interpret it. */
export class ProgramStartError extends Error {
  override readonly name = "ProgramStartError";
}

function requireStarted({ code }: Deno.CommandStatus, stderr: string): void {
  const failure = SETSID_FAILURES.includes(code) && /^setsid: (.*)/.exec(stderr)?.[1];
  if (failure) throw new ProgramStartError(failure);
}

function isQuick({ quickStart = false }: ProgramOptions): boolean {
  try {
    return quickStart && Deno.statSync(SETSID).isFile;
  } catch {
    return false;
  }
}

function spawn(options: ProgramOptions): Deno.ChildProcess {
  const { path, arguments: args, env = PLAIN, cwd = "/" } = options;
  const quick = isQuick(options);
  return new Deno.Command(quick ? SETSID : path, {
    args: quick ? [path, ...args] : [...args],
    clearEnv: true,
    env: { ...env },
    cwd,
    // A session of its own, whose process group has the number of the program.
    detached: !quick,
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
}

/** Waits for the end of the program and ends its group, at the latest when the signal is aborted. */
async function endOf(child: Deno.ChildProcess, signal: AbortSignal): Promise<Deno.CommandStatus> {
  const kill = () => {
    killGroup(child.pid);
    try {
      // Perhaps it is on the way to its group still.
      child.kill("SIGKILL");
    } catch {
      // It has ended.
    }
  };
  signal.addEventListener("abort", kill, { once: true });
  try {
    return await child.status;
  } finally {
    signal.removeEventListener("abort", kill);
    killGroup(child.pid);
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

/** Writes the input, and the answer; a program that doesn't read it, or not all of it, does nothing wrong. */
function write(
  stdin: WritableStream<Uint8Array>,
  { input = "", answer, firstLine, onFailure }: Pick<ProgramOptions, "input" | "answer"> & {
    firstLine: Promise<string | undefined>;
    onFailure: (error: unknown) => void;
  },
): { stop(): Promise<void> } {
  const writer = stdin.getWriter();
  const encoder = new TextEncoder();
  const answered = async () => {
    const line = answer && await firstLine;
    if (answer === undefined || line === undefined) return;
    await writer.write(encoder.encode(
      await answer(line).catch((error) => {
        onFailure(error);
        throw error;
      }),
    ));
  };
  const written = writer.write(encoder.encode(input))
    // A program may ask before it has read everything.
    .then(answered, answered)
    .then(() => writer.close())
    .catch(() => {});
  return {
    async stop() {
      await writer.abort().catch(() => {});
      await written;
    },
  };
}
