import assert from "node:assert/strict";
import { getLogger } from "@logtape/logtape";
import { Unifiedlog } from "../../../../src/agent/modules/unifiedlog/unifiedlog.ts";
import { LogLines } from "../../../../src/agent/modules/unifiedlog/log_lines.ts";
import { Place } from "../../../../src/agent/modules/unifiedlog/place.ts";
import { systemClock } from "../../../../src/shared/clock.ts";
import { TempFolder } from "../../../support/queues.ts";
import { RecordingSink } from "../support/recording_sink.ts";

const RECORDED = Deno.readFileSync("tests/fixtures/unifiedlog/stream.ndjson");
const FUTURE = "2099-01-17 20:40";

/** A line as log(1) writes it, `second` seconds after a moment that no clock has reached. */
function line(second: number, eventMessage: string): string {
  const timestamp = `${FUTURE}:${String(second).padStart(2, "0")}.000000+0000`;
  return `${JSON.stringify({ traceID: 1, threadID: 2, timestamp, eventMessage })}\n`;
}

/** Plays log(1): `stream` and `show` are files that are told whole; then `stream` waits. */
class FakeLog implements Disposable {
  readonly #folder = new TempFolder();

  constructor() {
    const script = `#!/bin/sh
cd "$(dirname "$0")"; echo "$*" >> calls; cat "$1"
[ "$1" = show ] || exec sleep 1000
`;
    Deno.writeTextFileSync(this.program, script, { mode: 0o755 });
  }

  get program(): string {
    return this.#folder.file("log");
  }

  get calls(): string[] {
    return Deno.readTextFileSync(this.#folder.file("calls")).trimEnd().split("\n");
  }

  says(command: "stream" | "show", text: string): void {
    Deno.writeTextFileSync(this.#folder.file(command), text);
  }

  [Symbol.dispose](): void {
    this.#folder[Symbol.dispose]();
  }
}

/** Runs it until so many events are stored. */
async function run(fake: FakeLog, sink: RecordingSink, count: number): Promise<Unifiedlog> {
  const module = new Unifiedlog({
    program: fake.program,
    query: 'process == "sshd"',
    level: "info",
    types: ["log"],
    gatherMs: 1,
  }, { sink, clock: systemClock, log: getLogger(["test"]) });
  const stop = new AbortController();
  const running = module.run(stop.signal);
  while (sink.lines.length < count) await new Promise((resolve) => setTimeout(resolve, 2));
  stop.abort();
  await running;
  return module;
}

Deno.test("LogLines reads recorded output wherever its pieces end", () => {
  for (const size of [1, 7, 100, RECORDED.length]) {
    const lines = new LogLines();
    const found = [];
    for (let at = 0; at < RECORDED.length; at += size) {
      found.push(...lines.push(RECORDED.subarray(at, at + size)));
    }
    assert.deepEqual(found.map(({ message }) => message), [
      "Accepted publickey for admin from 192.0.2.7 port 50522 ssh2",
      "Connection closed by ünknown <private>",
      "Connection closed by ünknown <private>",
    ]);
    assert.equal(found[0]?.atUs, Date.UTC(2026, 0, 17, 19, 40, 55) * 1_000 + 123_456);
    // Their traces differ by one, which JavaScript's numbers would not notice.
    assert.equal(new Set(found.map(({ key }) => key)).size, 3);
  }
});

Deno.test("LogLines throws away a line that is too long, and goes on", () => {
  const lines = new LogLines();
  const long = new Uint8Array(3_000_000).fill(65);
  const end = new TextEncoder().encode(`\n${line(1, "after")}`);
  const found = [long, long, end].flatMap((piece) => [...lines.push(piece)]);
  assert.deepEqual([found.map(({ message }) => message), lines.tooLong], [["after"], 1]);
});

Deno.test("Unifiedlog follows the log, and shows what was written while it was away once", async () => {
  using fake = new FakeLog();
  fake.says("stream", line(1, "one") + line(2, "two"));
  const sink = new RecordingSink();
  await run(fake, sink, 2);
  assert.deepEqual(sink.lines, [`${FUTURE}:01 +0000 one`, `${FUTURE}:02 +0000 two`]);
  assert.deepEqual(sink.events[0]?.header, { module: "logcollector", collector: "macos-uls" });
  assert.equal((sink.events[0]?.data.event as { provider?: string }).provider, "macos-uls");
  assert.deepEqual(fake.calls, [
    'stream --style ndjson --predicate process == "sshd" --level info --type log',
  ]);
  fake.says("show", line(1, "one") + line(2, "two") + line(2, "late") + line(30, "three"));
  fake.says("stream", line(30, "three") + line(31, "four"));
  const module = await run(fake, sink, 5);
  assert.deepEqual(sink.lines.slice(2), [
    `${FUTURE}:02 +0000 late`,
    `${FUTURE}:30 +0000 three`,
    `${FUTURE}:31 +0000 four`,
  ]);
  assert.match(
    fake.calls.find((call) => call.startsWith("show")) ?? "",
    /^show --style ndjson --predicate process == "sshd" --info --start 2099-01-17 20:40:00\+0000$/,
  );
  assert.equal(module.report().details.repeated, 3);
});

Deno.test("Place remembers over a checkpoint what it took lately, and takes what is late", () => {
  const message = (atUs: number, key: string) => ({ atUs, key, timestamp: "", message: "" });
  const place = new Place(0);
  assert.equal(place.take(message(10_000_000, "a")), true);
  assert.equal(place.take(message(10_000_000, "a")), false);
  assert.equal(place.take(message(3_000_000, "late")), true);
  const restored = Place.parse(place.serialize()) ?? assert.fail();
  assert.equal(restored.take(message(10_000_000, "a")), false);
  assert.equal(restored.take(message(9_000_000, "b")), true);
  assert.equal(restored.take(message(7_999_999, "read before")), false);
  assert.equal(Place.parse("{}"), undefined);
});
