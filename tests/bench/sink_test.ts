import assert from "node:assert/strict";
import { bytesBehindNumber, numberedLines } from "../../bench/support/numbered_lines.ts";
import { LineTally } from "../../bench/support/sink/line_tally.ts";
import { Progress } from "../../bench/support/sink/progress.ts";
import { SinkProcess } from "../../bench/support/sink_process.ts";
import { createTestAuthority } from "../support/tls.ts";

const LINE_BYTES = 350;
const SKIP_BYTES = bytesBehindNumber(LINE_BYTES);
const BATCH = '{"agent":{}}\n{"module":"a"}\n{}\n{"module":"b"}\n{}';

/** Posts a body as the agent does; gives the status of the answer. */
async function post(url: string, body: BodyInit, client?: Deno.HttpClient): Promise<number> {
  const request = { method: "POST", body, ...(client && { client }) };
  const response = await fetch(`${url}/api/v1/events/stateless`, request);
  await response.body?.cancel();
  return response.status;
}

Deno.test("numberedLines() - gives lines of one length, each with its own number", () => {
  const text = new TextDecoder().decode(numberedLines(98, 3, LINE_BYTES));
  const lines = text.split("\n");
  assert.equal(lines.pop(), "");
  assert.deepEqual(lines.map((line) => line.length + 1), [LINE_BYTES, LINE_BYTES, LINE_BYTES]);
  const numbers = lines.map((line) => /seq=(\d{9}) /.exec(line)?.[1]);
  assert.deepEqual(numbers, ["000000098", "000000099", "000000100"]);
});

Deno.test("numberedLines() - refuses lines too short for a number", () => {
  assert.throws(() => numberedLines(0, 1, 40), /Lines of 40 bytes are too short/);
});

Deno.test("LineTally - counts a line once, a repeated one as a duplicate, another's as foreign", () => {
  const tally = new LineTally(10, SKIP_BYTES);
  tally.take(numberedLines(0, 10, LINE_BYTES));
  tally.take(numberedLines(4, 2, LINE_BYTES));
  tally.take(numberedLines(10, 3, LINE_BYTES));
  assert.deepEqual(tally.tally, { lines: 10, duplicates: 2, foreign: 3, bytes: 0 });
});

Deno.test("LineTally - finds lines inside JSON", () => {
  const lines = new TextDecoder().decode(numberedLines(0, 20, LINE_BYTES)).trimEnd().split("\n");
  const body = lines.map((original) => `{"a":1}\n${JSON.stringify({ original })}`).join("\n");
  const tally = new LineTally(20, SKIP_BYTES);
  tally.take(new TextEncoder().encode(body));
  assert.equal(tally.tally.lines, 20);
});

Deno.test("LineTally - counts each line once wherever a stream is cut", () => {
  const text = numberedLines(0, 4, LINE_BYTES);
  for (let cut = 1; cut < text.length; cut++) {
    const tally = new LineTally(4, SKIP_BYTES);
    const seenTo = tally.take(text.subarray(0, cut));
    tally.take(text.subarray(seenTo));
    assert.deepEqual(tally.tally, { lines: 4, duplicates: 0, foreign: 0, bytes: 0 }, `at ${cut}`);
  }
});

Deno.test("Progress - tells when the first bytes and the last line of a measurement came", async () => {
  let nowMs = 5;
  const progress = new Progress(new LineTally(20, SKIP_BYTES), () => nowMs);
  progress.take(numberedLines(0, 10, LINE_BYTES));
  const before = await progress.tally(10);
  assert.deepEqual([before.lines, before.first_ms, before.last_ms], [10, 5, 5]);
  const after = progress.tally(20);
  nowMs = 100;
  progress.take(numberedLines(10, 5, LINE_BYTES));
  nowMs = 300;
  progress.take(numberedLines(15, 5, LINE_BYTES));
  const { lines, first_ms, last_ms, bytes } = await after;
  assert.deepEqual([lines, first_ms, last_ms, bytes], [20, 100, 300, 20 * LINE_BYTES]);
});

Deno.test("a sink counts events, refuses when told to, and forgets what it refused", async () => {
  await using sink = await SinkProcess.start({ counts: "events" });
  assert.equal(await post(sink.commsUrl, BATCH), 204);
  await sink.behave({ latency_ms: 0, refused_share: 1 });
  assert.equal(await post(sink.commsUrl, BATCH), 429);
  await sink.behave({ latency_ms: 1, refused_share: 0 });
  assert.equal(await post(sink.commsUrl, BATCH), 204);
  assert.equal(await sink.receivedEvents(), 4);
});

Deno.test("a sink counts bytes, those over TLS too", async () => {
  const authority = await createTestAuthority();
  const tls = await authority.issue(["127.0.0.1"]);
  await using sink = await SinkProcess.start({ counts: "bytes", tls });
  using client = Deno.createHttpClient({ caCerts: [authority.cert] });
  assert.equal(await post(sink.httpUrl, "1234"), 204);
  assert.equal(await post(sink.httpsUrl, "123", client), 204);
  assert.equal(await sink.receivedBytes(), 7);
});

Deno.test("a sink lets an agent log in, and counts numbered lines over HTTP and TCP", async () => {
  await using sink = await SinkProcess.start({ counts: { lines: 5, skipBytes: SKIP_BYTES } });
  const login = await fetch(`${sink.commsUrl}/api/v1/authentication`, { method: "POST" });
  assert.equal((await login.json()).token.split(".").length, 3);
  const all = sink.until(5);
  const [first, rest] = [numberedLines(0, 3, LINE_BYTES), numberedLines(2, 3, LINE_BYTES)];
  assert.equal(await post(sink.commsUrl, new Uint8Array(first)), 204);
  {
    using connection = await Deno.connect({ hostname: "127.0.0.1", port: sink.tcpPort });
    await new Blob([new Uint8Array(rest)]).stream().pipeTo(connection.writable);
  }
  const { lines, duplicates, foreign, bytes } = await all;
  assert.deepEqual([lines, duplicates, foreign, bytes], [5, 1, 0, 6 * LINE_BYTES]);
});
