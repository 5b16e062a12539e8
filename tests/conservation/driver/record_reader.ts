/**
 * Reads the manager's record file while it grows.
 *
 * @module
 */

const BLOCK_BYTES = 1024 * 1024;

/** Gives the texts of the events of followed files. */
export class RecordReader {
  readonly #path: string;
  readonly #give: (original: string) => void;
  readonly #decoder = new TextDecoder();
  #offset = 0;
  #partial = "";

  constructor(path: string, give: (original: string) => void) {
    this.#path = path;
    this.#give = give;
  }

  /** Reads what was recorded since the last call. */
  update(): void {
    using file = Deno.openSync(this.#path);
    file.seekSync(this.#offset, Deno.SeekMode.Start);
    const block = new Uint8Array(BLOCK_BYTES);
    for (let size = file.readSync(block); size !== null; size = file.readSync(block)) {
      this.#offset += size;
      this.#take(this.#decoder.decode(block.subarray(0, size), { stream: true }));
    }
  }

  #take(text: string): void {
    const lines = (this.#partial + text).split("\n");
    this.#partial = lines.pop() ?? "";
    for (const line of lines) {
      const { header, data } = JSON.parse(line);
      if (header.module === "logcollector") this.#give(String(data?.event?.original));
    }
  }
}
