/**
 * Asking for a password: what is typed does not appear.
 *
 * @module
 */

/** The part of `Deno.stdin` that is needed. */
interface RawTerminal {
  read(buffer: Uint8Array): Promise<number | null>;
  setRaw(on: boolean): void;
}

/** More than any password; what is typed beyond it is not taken. */
const MAX_CHARACTERS = 1_000;

/**
 * Writes `question` and reads a line without showing it. Backspace takes a character back and
 * Ctrl-U the whole line.
 *
 * Resolves to `null` after Ctrl-C, after Ctrl-D on an empty line, at the end of the input, and when
 * aborted: the terminal is never left without its echo.
 */
export async function promptHidden(
  question: string,
  { terminal, write, signal }: {
    terminal: RawTerminal;
    write: (text: string) => void;
    signal: AbortSignal;
  },
): Promise<string | null> {
  if (signal.aborted) return null;
  const aborted = Promise.withResolvers<null>();
  const onAbort = () => aborted.resolve(null);
  signal.addEventListener("abort", onAbort, { once: true });
  write(question);
  terminal.setRaw(true);
  try {
    return await readLine((buffer) => Promise.race([terminal.read(buffer), aborted.promise]));
  } finally {
    terminal.setRaw(false);
    signal.removeEventListener("abort", onAbort);
    write("\n");
  }
}

async function readLine(read: RawTerminal["read"]): Promise<string | null> {
  const decoder = new TextDecoder();
  const buffer = new Uint8Array(256);
  const line = new HiddenLine();
  for (;;) {
    const count = await read(buffer);
    if (count === null) return null;
    const typed = decoder.decode(buffer.subarray(0, count), { stream: true });
    for (const character of typed.replace(ESCAPE_SEQUENCE, "")) {
      const state = line.take(character);
      if (state === "cancelled") return null;
      if (state === "done") return line.text;
    }
  }
}

/** What arrow and function keys send. */
// deno-lint-ignore no-control-regex
const ESCAPE_SEQUENCE = /\x1b[[O][0-9;]*[A-Za-z~]/g;

class HiddenLine {
  readonly #characters: string[] = [];

  get text(): string {
    return this.#characters.join("");
  }

  take(character: string): "more" | "done" | "cancelled" {
    switch (character) {
      case "\r":
      case "\n":
        return "done";
      case "\x03":
        return "cancelled";
      case "\x04":
        return this.#characters.length === 0 ? "cancelled" : "done";
      case "\x15":
        this.#characters.length = 0;
        return "more";
      case "\b":
      case "\x7f":
        this.#characters.pop();
        return "more";
      default:
        this.#add(character);
        return "more";
    }
  }

  #add(character: string): void {
    if (character >= " " && this.#characters.length < MAX_CHARACTERS) {
      this.#characters.push(character);
    }
  }
}
