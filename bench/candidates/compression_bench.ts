/**
 * Compressing bodies before they are sent: what it costs and how much smaller they get.
 *
 * Timed: sixteen bodies of 1 MB, four at a time, compressed and sent to a process that only
 * answers; over a loopback, where bytes cost nothing, so that this is the price alone.
 *
 * @module
 */

import assert from "node:assert/strict";
import { promisify } from "node:util";
import {
  constants,
  gzip,
  gzipSync,
  type ZlibOptions,
  zstdCompress,
  type ZstdOptions,
} from "node:zlib";
import { ownCpuMs } from "../support/process_usage.ts";
import { SinkProcess } from "../support/sink_process.ts";
import { EVENT_BYTES, makeEvents } from "./support/events.ts";
import { LoopWatch } from "./support/loop_watch.ts";
import { ROUNDS } from "./support/queue_work.ts";
import { note } from "./support/side_figures.ts";

const BODIES = 16;
const AT_ONCE = 4;
const BODY_EVENTS = 3_000;

type Bytes = Uint8Array<ArrayBuffer>;
type Compress = (body: Bytes) => Promise<Bytes>;

const sink = await SinkProcess.start({ counts: "bytes" });
sink.endWithThisProcess();
const body = new TextEncoder().encode(makeEvents(BODY_EVENTS).join(""));
const gzipLater = promisify(gzip) as (bytes: Bytes, options: ZlibOptions) => Promise<Bytes>;
const zstdLater = promisify(zstdCompress) as (bytes: Bytes, options: ZstdOptions) => Promise<Bytes>;
const FASTEST_ZSTD = { params: { [constants.ZSTD_c_compressionLevel]: 1 } };

async function throughStream(bytes: Bytes): Promise<Bytes> {
  const stream = new Blob([bytes]).stream().pipeThrough(new CompressionStream("gzip"));
  return await new Response(stream).bytes();
}

const CANDIDATES: Record<string, Compress> = {
  "none": (bytes) => Promise.resolve(bytes),
  "gzip level 1, thread pool": (bytes) => gzipLater(bytes, { level: 1 }),
  "gzip level 6, thread pool": (bytes) => gzipLater(bytes, { level: 6 }),
  "gzip level 1, at once": (bytes) =>
    Promise.resolve(new Uint8Array(gzipSync(bytes, { level: 1 }))),
  "gzip, CompressionStream": throughStream,
  "zstd level 1, thread pool": (bytes) => zstdLater(bytes, FASTEST_ZSTD),
};

async function sendAll(compress: Compress): Promise<void> {
  let left = BODIES;
  const sendNext = async () => {
    while (left-- > 0) {
      const response = await fetch(sink.httpUrl, { method: "POST", body: await compress(body) });
      assert.equal(response.status, 204);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, sendNext));
}

for (const [name, compress] of Object.entries(CANDIDATES)) {
  const { length } = await compress(body);
  Deno.bench({ name, group: "compression", baseline: name === "none", ...ROUNDS }, async (b) => {
    const before = { received: await sink.receivedBytes(), cpu: ownCpuMs() };
    using loop = new LoopWatch();
    b.start();
    await sendAll(compress);
    b.end();
    const cpu = (ownCpuMs() - before.cpu) * 1_000 / (BODIES * BODY_EVENTS);
    note(
      name,
      `${cpu.toFixed(2)} µs CPU an event, ${(length / (BODY_EVENTS * EVENT_BYTES)).toFixed(2)} ` +
        `of the bytes, longest stall ${loop.longestMs.toFixed(1)} ms`,
    );
    assert.equal(await sink.receivedBytes() - before.received, BODIES * length);
  });
}
