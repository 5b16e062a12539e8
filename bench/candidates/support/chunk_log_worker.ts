/**
 * A {@linkcode ChunkLog} on a thread of its own: opens the one whose path it is sent first, then
 * answers each {@linkcode StorageCall} with a {@linkcode StorageResult}.
 *
 * @module
 */

/// <reference lib="deno.worker" />

import { ChunkLog, type ClaimedChunk } from "./chunk_log.ts";

/** What is asked of the thread. Bytes are handed over, not copied. */
export type StorageCall = { number: number } & StorageOrder;

/** One call of a {@linkcode ChunkStorage}'s method. */
export type StorageOrder =
  | { call: "append"; lines: Uint8Array<ArrayBuffer> }
  | { call: "claim" }
  | { call: "acknowledge"; chunk: number };

/** What came of the call with the same number. */
export interface StorageResult {
  number: number;
  claimed: ClaimedChunk | undefined;
}

let log: ChunkLog | undefined;

async function answer(log: ChunkLog, call: StorageCall): Promise<ClaimedChunk | undefined> {
  switch (call.call) {
    case "append":
      return void await log.append(call.lines);
    case "claim":
      return await log.claim();
    case "acknowledge":
      return void await log.acknowledge(call.chunk);
  }
}

addEventListener("message", async ({ data }: MessageEvent<string | StorageCall>) => {
  if (typeof data === "string") {
    log = new ChunkLog(data);
  } else if (log !== undefined) {
    const claimed = await answer(log, data);
    const result: StorageResult = { number: data.number, claimed };
    postMessage(result, claimed === undefined ? [] : [claimed.lines.buffer]);
  }
});
