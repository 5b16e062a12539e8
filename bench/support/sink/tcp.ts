/**
 * What the sink takes over plain TCP, for contenders that have no HTTP.
 *
 * @module
 */

import type { Progress } from "./progress.ts";

const BUFFER_BYTES = 1_048_576;

/** Counts what every connection brings, until the listener is closed. */
export async function takeConnections(listener: Deno.Listener, progress: Progress): Promise<void> {
  for await (const connection of listener) {
    takeStream(connection, progress).catch(() => {
      // The contender was stopped; what it had sent is counted.
    });
  }
}

/** What is cut at the end of one read is seen again in front of the next. */
async function takeStream(connection: Deno.Conn, progress: Progress): Promise<void> {
  using _ = connection;
  const buffer = new Uint8Array(BUFFER_BYTES);
  let kept = 0;
  for (;;) {
    const count = await connection.read(buffer.subarray(kept));
    if (count === null) return;
    const filled = kept + count;
    const seenTo = progress.take(buffer.subarray(0, filled), count);
    buffer.copyWithin(0, seenTo, filled);
    kept = filled - seenTo;
  }
}
