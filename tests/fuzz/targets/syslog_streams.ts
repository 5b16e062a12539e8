import assert from "node:assert/strict";
import fc from "fast-check";
import { encodeMessage } from "../../../src/agent/modules/syslog/message/encode_message.ts";
import {
  FrameSplitter,
  FramingError,
} from "../../../src/agent/modules/syslog/stream/frame_splitter.ts";
import { mutatedBytes } from "../harness/arbitraries.ts";
import type { FuzzTarget } from "../harness/target.ts";

const MAX = 64;

const samples = [
  '<34>1 2026-11-26T10:00:00.5Z web1 sshd 42 ID [a b="c\\"]" d="e"][f] text\n<13>1 - - - - - -\n',
  "<13>Nov  5 09:08:07 web1 app[1]: text\r\n\n<13>app: text\nplain text\n",
  "44 <34>1 2026-11-26T10:00:00Z web1 sshd - - - hi29 <13>Nov  5 09:08:07 app: text\n",
  "65 <13>longer than is kept of it longer than is kept of it longer thaan",
].map((text) => new TextEncoder().encode(text));
const bytes = fc.oneof(mutatedBytes(...samples), fc.uint8Array({ maxLength: 80 }));

/** What was received, and whether the stream could be understood to its end. */
function received(stream: Uint8Array, step: number) {
  const splitter = new FrameSplitter({ framing: "auto", maxBytes: MAX });
  const messages: { bytes: Uint8Array; truncated: boolean }[] = [];
  try {
    for (let at = 0; at < stream.length; at += step) {
      for (const frame of splitter.push(stream.subarray(at, at + step))) messages.push(frame);
    }
  } catch (error) {
    assert.ok(error instanceof FramingError);
    return { messages, wasUnderstood: false, lostBytes: 0 };
  }
  const { frame, lostBytes } = splitter.end();
  if (frame !== undefined) messages.push(frame);
  return { messages, wasUnderstood: true, lostBytes };
}

/** Each message is one event, and holds what came. */
function checkEvent({ bytes, truncated }: { bytes: Uint8Array; truncated: boolean }): void {
  assert.ok(bytes.length > 0 && bytes.length <= MAX);
  const arrival = { transport: "tcp", peer: {}, nowMs: Date.UTC(2026, 10, 26) } as const;
  const [empty, header = "", data = "", ...rest] = encodeMessage({ bytes, truncated }, arrival)
    .split("\n");
  assert.deepEqual([empty, rest], ["", []]);
  assert.deepEqual(JSON.parse(header), { module: "logcollector", collector: "syslog" });
  const { event, message, log, "@timestamp": time } = JSON.parse(data);
  const original = new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
  assert.equal(event.original, original);
  assert.ok(original.endsWith(message));
  assert.equal(log?.flags?.includes("truncated") ?? false, truncated);
  if (time !== undefined) assert.ok(!Number.isNaN(Date.parse(time)));
}

export const target: FuzzTarget = {
  about: "messages are the same wherever a stream is cut, no longer than the bound, one event each",
  weight: 30,
  open: () => ({
    property: fc.property(bytes, fc.integer({ min: 1, max: 40 }), (stream, step) => {
      const found = received(stream, step);
      assert.deepEqual(found, received(stream, stream.length || 1));
      for (const message of found.messages) checkEvent(message);
    }),
  }),
};
