/**
 * The first part of what a process writes. What comes after it is read too, and thrown away: a
 * process whose output nobody reads would wait for ever.
 *
 * @module
 */

/** Who is told of an output. */
interface OutputListeners {
  /** Called once, when more was written than is kept. */
  onCut?: (() => void) | undefined;
  /** Told everything that is read. */
  onPiece?: (piece: Uint8Array) => void;
}

/** Reads a stream and keeps its first `maxBytes` bytes. */
export class LimitedOutput {
  readonly #maxBytes: number;
  readonly #onPiece: (piece: Uint8Array) => void;
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  #kept: Uint8Array[] = [];
  #keptBytes = 0;
  #isCut = false;
  readonly #onCut: () => void;

  constructor(
    stream: ReadableStream<Uint8Array>,
    maxBytes: number,
    { onCut = () => {}, onPiece = () => {} }: OutputListeners = {},
  ) {
    this.#reader = stream.getReader();
    this.#maxBytes = maxBytes;
    this.#onCut = onCut;
    this.#onPiece = onPiece;
  }

  /** Reads to the end of the stream or until {@linkcode stop}. */
  async read(): Promise<void> {
    for (;;) {
      const { value } = await this.#reader.read();
      if (value === undefined) return;
      this.#onPiece(value);
      this.#keep(value);
    }
  }

  /** Gives up reading, although there may be more. */
  async stop(): Promise<void> {
    await this.#reader.cancel();
  }

  /** Whether more was written than is kept. */
  get isCut(): boolean {
    return this.#isCut;
  }

  /** What is kept; the last line says so if it is cut. Never ends within a character. */
  text(): string {
    const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
    const texts = this.#kept.map((bytes) => decoder.decode(bytes, { stream: true }));
    // Not ending the decoder drops the first bytes of a character that was cut.
    if (!this.#isCut) return texts.join("") + decoder.decode();
    return `${texts.join("")}\n[cut after ${this.#maxBytes} bytes]`;
  }

  #keep(bytes: Uint8Array): void {
    // Read to the end all the same: a script that writes into a full pipe would hang.
    const part = bytes.subarray(0, this.#maxBytes - this.#keptBytes);
    if (part.length < bytes.length && !this.#isCut) {
      this.#isCut = true;
      this.#onCut();
    }
    if (part.length === 0) return;
    this.#kept.push(part.slice());
    this.#keptBytes += part.length;
  }
}
