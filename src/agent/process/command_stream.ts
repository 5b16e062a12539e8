/**
 * A program that runs for long and whose output is read piece by piece.
 *
 * Nothing is read ahead: while nobody asks for a piece the pipe fills up, and the program waits. What it says on standard error is
 * kept, the end of it, to tell why it ended.
 *
 * @module
 */

/** How a program ended. */
export interface CommandEnding {
  /** Its exit status; 128 and the signal's number when a signal ended it. */
  code: number;
  /** What it said last on standard error; empty when it said nothing. */
  words: string;
  /** In one line, such as `ended with status 1: Bad message`. */
  reason: string;
}

/** What is started. */
interface CommandOptions {
  program: string;
  args: readonly string[];
}

/** Nobody reads more than that of what a program complains of. */
const MAX_WORDS = 2_000;

/** A running program. */
export class CommandStream {
  readonly #name: string;
  readonly #child: Deno.ChildProcess;
  readonly #output: ReadableStreamDefaultReader<Uint8Array>;
  readonly #words: Promise<string>;

  /** @throws {Deno.errors} when it cannot be started, such as `NotFound` */
  constructor({ program, args }: CommandOptions) {
    this.#name = program.split(/[\\/]/).at(-1) ?? program;
    this.#child = new Deno.Command(program, {
      args: [...args],
      // Messages are told apart by their words.
      clearEnv: true,
      env: ENVIRONMENT,
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    this.#output = this.#child.stdout.getReader();
    this.#words = lastWords(this.#child.stderr);
  }

  get pid(): number {
    return this.#child.pid;
  }

  /** The next piece of its output; `undefined` once it has ended. Ask for one at a time. */
  async read(): Promise<Uint8Array | undefined> {
    return (await this.#output.read()).value;
  }

  /** Ends it. */
  kill(): void {
    try {
      this.#child.kill("SIGKILL");
    } catch {
      // It has ended.
    }
  }

  /** Waits for its end; what it still writes is thrown away. */
  async ended(): Promise<CommandEnding> {
    await this.#output.cancel().catch(() => {});
    const { code, signal } = await this.#child.status;
    const words = await this.#words;
    const how = signal === null ? `ended with status ${code}` : `was ended by ${signal}`;
    const said = words.split("\n").at(-1) ?? "";
    return { code, words, reason: `${this.#name} ${how}${said === "" ? "" : `: ${said}`}` };
  }
}

/** Such programs are found, speak plainly, and know nothing of ours. */
const ENVIRONMENT = {
  PATH: "/usr/local/bin:/usr/bin:/bin",
  LANG: "C.UTF-8",
  ...(Deno.build.os === "windows" && { SystemRoot: "C:\\Windows" }),
};

async function lastWords(stream: ReadableStream<Uint8Array>): Promise<string> {
  let text = "";
  try {
    for await (const piece of stream.pipeThrough(new TextDecoderStream())) {
      text = (text + piece).slice(-MAX_WORDS);
    }
  } catch {
    // It was ended in the middle of a word.
  }
  return text.trim();
}

/**
 * Runs a program to its end and gives its output, as it is.
 *
 * @throws {Error} when it writes more than `maxBytes`
 * @throws the signal's reason when aborted; it has been ended then
 */
export async function commandOutput(
  options: CommandOptions,
  { maxBytes, signal }: { maxBytes: number; signal: AbortSignal },
): Promise<CommandEnding & { output: Uint8Array<ArrayBuffer> }> {
  signal.throwIfAborted();
  const command = new CommandStream(options);
  const onAbort = () => command.kill();
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    const output = await allOf(command, maxBytes);
    const ending = await command.ended();
    signal.throwIfAborted();
    return { ...ending, output };
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}

async function allOf(command: CommandStream, maxBytes: number): Promise<Uint8Array<ArrayBuffer>> {
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  for (let piece = await command.read(); piece !== undefined; piece = await command.read()) {
    bytes += piece.length;
    if (bytes > maxBytes) {
      command.kill();
      await command.ended();
      throw new Error(`the program wrote more than ${maxBytes} bytes`);
    }
    pieces.push(piece);
  }
  const all = new Uint8Array(bytes);
  let end = 0;
  for (const piece of pieces) {
    all.set(piece, end);
    end += piece.length;
  }
  return all;
}
