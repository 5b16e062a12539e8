import { Buffer } from "node:buffer";
import assert from "node:assert/strict";
import fc from "fast-check";
import {
  decodeMessages,
  encodeFailure,
  encodeMessage,
} from "../../../../../src/agent/modules/fim/scan/frames.ts";
import type { ScanMessage } from "../../../../../src/agent/modules/fim/scan/scan_job.ts";

async function* pieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) {
    yield await Promise.resolve(bytes.subarray(at, at + size));
  }
}

async function read(bytes: Uint8Array, size: number): Promise<ScanMessage[]> {
  return await Array.fromAsync(decodeMessages(pieces(bytes, size)));
}

const bytes = () => fc.uint8Array({ maxLength: 40 });
const difference = fc.oneof(
  fc.record({
    kind: fc.constant("put" as const),
    path: fc.string({ unit: "grapheme", minLength: 1 }),
    data: bytes(),
    text: fc.option(bytes(), { nil: undefined }),
  }, { noNullPrototype: true }),
  fc.record({
    kind: fc.constant("missing" as const),
    path: fc.string({ unit: "grapheme", minLength: 1 }),
  }, { noNullPrototype: true }),
);
const found = fc.record({
  kind: fc.constant("found" as const),
  differences: fc.array(difference, { maxLength: 5 }),
  items: fc.nat(),
}, { noNullPrototype: true });

Deno.test("frames: what a scan says arrives as it was, in pieces of whatever size", async () => {
  const property = fc.asyncProperty(
    fc.array(found, { maxLength: 4 }),
    fc.integer({ min: 1, max: 64 }),
    async (messages, size) => {
      const all = messages.map((message) => encodeMessage(message));
      const end: ScanMessage = {
        kind: "end",
        items: 3,
        counts: { read: 1, bytes: 2, unreadable: 0, changing: 0, too_large: 0 },
        overLimit: {},
        unseen: 0,
        firstUnseen: null,
        cpuMs: 5,
        peakBytes: null,
      };
      const sent = new Uint8Array(Buffer.concat([...all, encodeMessage(end)]));
      assert.deepEqual(await read(sent, size), [...messages, end]);
    },
  );
  await fc.assert(property, { numRuns: 50 });
});

Deno.test("frames: a scan that failed says why, and what is no frame is refused", async () => {
  await assert.rejects(() => read(encodeFailure("no disk"), 3), /no disk/);
  await assert.rejects(() => read(new Uint8Array(16).fill(255), 3), /no frame/);
});
