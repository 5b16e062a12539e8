/**
 * The first line that a program writes, while everything that it writes is read.
 *
 * @module
 */

const NEWLINE = 0x0a;
/** A line that is longer is told in part. */
const MAX_BYTES = 8 * 1024;

/** Finds the line in pieces of an output. */
export class FirstLine {
  readonly #found = Promise.withResolvers<string | undefined>();
  #parts: Uint8Array[] = [];
  #bytes = 0;
  #isOver = false;

  /** The line without its end; `undefined` when the output ended before there was one. */
  get text(): Promise<string | undefined> {
    return this.#found.promise;
  }

  /** Takes the next piece. */
  add(piece: Uint8Array): void {
    if (this.#isOver) return;
    const end = piece.indexOf(NEWLINE);
    const part = end < 0 ? piece : piece.subarray(0, end);
    this.#parts.push(part.slice(0, MAX_BYTES - this.#bytes));
    this.#bytes += part.length;
    if (end >= 0 || this.#bytes >= MAX_BYTES) this.#tell();
  }

  /** The output is over. */
  end(): void {
    this.#isOver = true;
    this.#found.resolve(undefined);
  }

  #tell(): void {
    this.#isOver = true;
    const decoder = new TextDecoder();
    const text = this.#parts.map((part) => decoder.decode(part, { stream: true })).join("");
    this.#parts = [];
    this.#found.resolve(text + decoder.decode());
  }
}
