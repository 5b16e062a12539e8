/**
 * A {@linkcode ChunkStorage} that another thread keeps.
 *
 * @module
 */

import type { ChunkStorage, ClaimedChunk } from "./chunk_log.ts";
import type { StorageCall, StorageOrder, StorageResult } from "./chunk_log_worker.ts";

/** Hands every call to a worker and the bytes with it. */
export class ThreadedChunkLog implements ChunkStorage {
  readonly #worker = new Worker(new URL("./chunk_log_worker.ts", import.meta.url), {
    type: "module",
  });
  readonly #waiting = new Map<number, (claimed: ClaimedChunk | undefined) => void>();
  #calls = 0;

  constructor(path: string) {
    this.#worker.onmessage = ({ data }: MessageEvent<StorageResult>) => {
      this.#waiting.get(data.number)?.(data.claimed);
      this.#waiting.delete(data.number);
    };
    this.#worker.postMessage(path);
  }

  async append(lines: Uint8Array<ArrayBuffer>): Promise<void> {
    await this.#call({ call: "append", lines }, [lines.buffer]);
  }

  claim(): Promise<ClaimedChunk | undefined> {
    return this.#call({ call: "claim" });
  }

  async acknowledge(chunk: number): Promise<void> {
    await this.#call({ call: "acknowledge", chunk });
  }

  close(): void {
    this.#worker.terminate();
  }

  #call(order: StorageOrder, handedOver: Transferable[] = []): Promise<ClaimedChunk | undefined> {
    const call: StorageCall = { number: this.#calls++, ...order };
    return new Promise((resolve) => {
      this.#waiting.set(call.number, resolve);
      this.#worker.postMessage(call, handedOver);
    });
  }
}
