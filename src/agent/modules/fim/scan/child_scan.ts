/**
 * Has a child of the same program scan.
 *
 * @module
 */

import type { Clock } from "../../../../shared/clock.ts";
import type { ChildUse, ModuleContext } from "../../module.ts";
import { ownProgram } from "../../../process/own_program.ts";
import { SCAN_COMMAND } from "./scan_command.ts";
import { decodeMessages } from "./frames.ts";
import type { ChildJob } from "./scan_child.ts";
import type { ScanMessage } from "./scan_job.ts";

/** A child that says nothing for so long is killed, in milliseconds. */
const SILENCE_MS = 60_000;
/** So long a child may take to end once it was told to, in milliseconds. */
const END_MS = 1_000;
const MAX_ERROR_CHARACTERS = 2_000;

/**
 * Scans in a child, which takes the lowest priority that there is.
 *
 * @throws {Error} that says how the child failed; the signal's reason when aborted
 */
export async function* scanInChild(
  job: ChildJob,
  { clock, children, signal }: {
    clock: Clock;
    children: ModuleContext["children"];
    signal: AbortSignal;
  },
): AsyncGenerator<ScanMessage> {
  signal.throwIfAborted();
  const child = spawn();
  const errors = firstWords(child.stderr);
  const input = child.stdin.getWriter();
  const stop = () => void input.close().catch(() => {});
  signal.addEventListener("abort", stop, { once: true });
  const silence = new Silence(clock, () => kill(child));
  const unwatched = new AbortController();
  const used = children?.watch(child.pid, unwatched.signal);
  let hasEnded = false;
  try {
    await input.write(new TextEncoder().encode(`${JSON.stringify(job)}\n`));
    for await (const message of decodeMessages(silence.listen(child.stdout))) {
      hasEnded ||= message.kind === "end";
      yield message;
    }
    signal.throwIfAborted();
    if (!hasEnded) throw new Error(await whyEnded(child, { errors, silence, used }));
  } finally {
    // It may be made to rest at the moment, and could not end then.
    unwatched.abort("over");
    await used;
    signal.removeEventListener("abort", stop);
    await input.close().catch(() => {});
    await endWithin(child, clock);
    await errors;
  }
}

function spawn() {
  const { path, args, env } = ownProgram([SCAN_COMMAND]);
  const [program = path, ...rest] = [...gentle(), path, ...args];
  return new Deno.Command(program, {
    args: rest,
    env,
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
}

/** What gives way to everybody else: priority of processor and disk, where there are programs for that. */
function gentle(): string[] {
  const nice = ["/usr/bin/nice", "-n", "19"];
  const ionice = ["/usr/bin/ionice", "-c", "3", "-t"];
  return [nice, ionice].flatMap((words) => isThere(words[0] ?? "") ? words : []);
}

function isThere(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}

/** Watches how long a child has said nothing. */
class Silence {
  readonly #clock: Clock;
  readonly #onTooLong: () => void;
  #isTooLong = false;

  constructor(clock: Clock, onTooLong: () => void) {
    this.#clock = clock;
    this.#onTooLong = onTooLong;
  }

  get isTooLong(): boolean {
    return this.#isTooLong;
  }

  /** Gives what comes. While whoever takes it is busy the child has to wait, which is no silence. */
  async *listen(stream: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array> {
    const reader = stream.getReader();
    try {
      for (;;) {
        const value = await this.#hear(reader);
        if (value === undefined) return;
        yield value;
      }
    } finally {
      // A child that still writes ends by that: nobody reads any more.
      await reader.cancel();
    }
  }

  async #hear(
    reader: ReadableStreamDefaultReader<Uint8Array>,
  ): Promise<Uint8Array | undefined> {
    const heard = new AbortController();
    this.#clock.sleep(SILENCE_MS, heard.signal).then(() => this.#giveUp(), () => {});
    try {
      return (await reader.read()).value;
    } finally {
      heard.abort();
    }
  }

  #giveUp(): void {
    this.#isTooLong = true;
    this.#onTooLong();
  }
}

async function whyEnded(
  child: Deno.ChildProcess,
  { errors, silence, used }: {
    errors: Promise<string>;
    silence: Silence;
    used: Promise<ChildUse> | undefined;
  },
): Promise<string> {
  if (silence.isTooLong) return `the scan said nothing for ${SILENCE_MS / 1_000} s, and was killed`;
  const { code, signal } = await child.status;
  const killedFor = (await used)?.killedFor;
  if (killedFor !== undefined) return `the scan was killed: ${killedFor}`;
  const how = signal === null ? `with status ${code}` : `by ${signal}`;
  const words = (await errors).trim().split("\n").at(-1) ?? "";
  return `the scan ended ${how}${words === "" ? "" : `: ${words}`}`;
}

async function firstWords(stream: ReadableStream<Uint8Array>): Promise<string> {
  let text = "";
  for await (const piece of stream.pipeThrough(new TextDecoderStream())) {
    if (text.length < MAX_ERROR_CHARACTERS) text += piece;
  }
  return text.slice(0, MAX_ERROR_CHARACTERS);
}

async function endWithin(child: Deno.ChildProcess, clock: Clock): Promise<void> {
  const ended = new AbortController();
  clock.sleep(END_MS, ended.signal).then(() => kill(child), () => {});
  await child.status;
  ended.abort();
}

function kill(child: Deno.ChildProcess): void {
  try {
    child.kill("SIGKILL");
  } catch {
    // It has ended.
  }
}
