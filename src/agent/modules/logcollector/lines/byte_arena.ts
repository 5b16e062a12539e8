/**
 * A place for encoded text that is used again and again.
 *
 * @module
 */

const FIRST_BYTES = 1024 * 1024;
/** A larger one is let go with what is in it, so that one giant does not cost memory for ever. */
const MAX_KEPT_BYTES = 4 * 1024 * 1024;
/** What one UTF-16 unit becomes at most. */
const MAX_BYTES_A_UNIT = 3;

/** Encodes texts as UTF-8 behind each other. A buffer of its own for each text would cost several times as much. */
export class ByteArena {
  readonly #encoder = new TextEncoder();
  #buffer = new Uint8Array(0);
  #end = 0;

  /** The bytes of `text`, valid until {@linkcode clear}. */
  add(text: string): Uint8Array<ArrayBuffer> {
    const start = this.#end;
    const { read, written } = this.#encoder.encodeInto(text, this.#buffer.subarray(start));
    if (read < text.length) {
      this.#renew(text.length * MAX_BYTES_A_UNIT);
      return this.add(text);
    }
    this.#end += written;
    return this.#buffer.subarray(start, this.#end);
  }

  /** Forgets everything: the next text may take its place. */
  clear(): void {
    this.#end = 0;
    if (this.#buffer.length > MAX_KEPT_BYTES) this.#buffer = new Uint8Array(0);
  }

  /** What was added before stays where it is. */
  #renew(bytes: number): void {
    this.#buffer = new Uint8Array(Math.max(FIRST_BYTES, bytes, this.#buffer.length));
    this.#end = 0;
  }
}
