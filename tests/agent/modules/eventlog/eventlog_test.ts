import assert from "node:assert/strict";
import { getLogger } from "@logtape/logtape";
import { Buffer } from "node:buffer";
import { Eventlog, type EventlogOptions } from "../../../../src/agent/modules/eventlog/eventlog.ts";
import { decodeOutput, eventsIn } from "../../../../src/agent/modules/eventlog/event_texts.ts";
import { EVENTLOG_OPTIONS } from "../../../../src/agent/modules/eventlog/options.ts";
import { queryAfter } from "../../../../src/agent/modules/eventlog/wevtutil.ts";
import { FakeClock } from "../../../support/fake_clock.ts";
import { RecordingSink } from "../support/recording_sink.ts";
import { FakeWevtutil } from "./support/fake_wevtutil.ts";

const RECORDED = Deno.readTextFileSync("tests/fixtures/eventlog/system.txt");
const [FIRST = "", SECOND = "", THIRD = ""] = eventsIn(RECORDED).map(({ text }) => text);

/** Looks once at the channels; stops it then. */
async function look(
  fake: FakeWevtutil,
  sink: RecordingSink,
  options: Partial<EventlogOptions> = {},
): Promise<Eventlog> {
  const clock = new FakeClock();
  const module = new Eventlog({
    program: fake.program,
    channels: [{ channel: "System", query: "*" }],
    readIntervalMs: 2_000,
    startAt: "beginning",
    ...options,
  }, { sink, clock, log: getLogger(["test"]) });
  const stop = new AbortController();
  const running = module.run(stop.signal);
  while (clock.nextWakeIn() === undefined) await clock.advance(0);
  stop.abort();
  await running;
  return module;
}

function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** An event of this number. */
function event(recordId: number): string {
  return FIRST.replace("<EventRecordID>101<", `<EventRecordID>${recordId}<`);
}

Deno.test("eventsIn() cuts recorded output into its events, unchanged", () => {
  const events = eventsIn(RECORDED);
  assert.deepEqual(events.map(({ recordId }) => recordId), [101, 102, 103]);
  assert.equal(events.map(({ text }) => text).join("\n") + "\n", RECORDED);
  assert.equal(events[0]?.createdAt, "2026-01-07T21:41:26.8876581Z");
  assert.deepEqual(eventsIn(RECORDED.slice(0, -40)).length, 2);
  assert.deepEqual(eventsIn("No events were found."), []);
});

Deno.test("decodeOutput() knows UTF-16 with and without a mark, UTF-8, and a code page", () => {
  const text = "<Event a='ü'>";
  const utf16 = Buffer.from(text, "utf16le");
  assert.equal(decodeOutput(utf16), text);
  assert.equal(decodeOutput(Buffer.concat([Buffer.from([0xff, 0xfe]), utf16])), text);
  assert.equal(decodeOutput(utf8(text)), text);
  assert.equal(decodeOutput(Buffer.from(text, "latin1")), text);
});

Deno.test("queryAfter() puts the number beside what a query asks for", () => {
  assert.equal(queryAfter("*", 7), "*[System[EventRecordID>7]]");
  assert.equal(
    queryAfter("*[System[Level<=3]]", 7),
    "*[System[EventRecordID>7] and (System[Level<=3])]",
  );
  assert.equal(
    queryAfter("Event[System/EventID = 37]", 0),
    "*[System[EventRecordID>0] and (System/EventID = 37)]",
  );
});

Deno.test("eventlog.channels refuses a query that cannot be put beside another, and odd names", () => {
  const parse = (one: object) => EVENTLOG_OPTIONS.channels.safeParse([one]).success;
  for (const query of ["*", "*[System[Level<=3]]", "Event[a and b['x]']]"]) {
    assert.equal(parse({ channel: "System", query }), true, query);
  }
  for (const query of ["", "x", "*[a] or *[b]", "*[a]]", "*[[a]", "System"]) {
    assert.equal(parse({ channel: "System", query }), false, query);
  }
  for (const channel of ["", "/q:*", "a\nb", 'a"b']) assert.equal(parse({ channel }), false);
});

Deno.test("Eventlog makes events of a channel and goes on behind the last", async () => {
  using fake = new FakeWevtutil();
  fake.contains({ oldest: 101, count: 2 });
  fake.answers(100, Buffer.from(`${FIRST}\r\n${SECOND}\r\n`, "utf16le"));
  const sink = new RecordingSink();
  await look(fake, sink);
  assert.deepEqual(sink.lines, [FIRST, SECOND]);
  assert.deepEqual(sink.events[0]?.header, {
    module: "logcollector",
    collector: "windows-eventlog",
  });
  const { event: { created: _, ...event }, ...data } = sink.events[0]?.data ?? assert.fail();
  assert.deepEqual(event, { original: FIRST, provider: "System" });
  assert.deepEqual(data, { "@timestamp": "2026-01-07T21:41:26.8876581Z" });
  fake.contains({ oldest: 101, count: 3 });
  fake.answers(102, utf8(`${THIRD}\n`));
  await look(fake, sink);
  assert.deepEqual(sink.lines, [FIRST, SECOND, THIRD]);
  assert.deepEqual(sink.losses, []);
});

Deno.test("Eventlog begins at the end, and misses nothing from then on", async () => {
  using fake = new FakeWevtutil();
  fake.contains({ oldest: 50, count: 52 });
  const sink = new RecordingSink();
  await look(fake, sink, { startAt: "end" });
  fake.answers(101, utf8(`${SECOND}\n`));
  await look(fake, sink, { startAt: "end" });
  assert.deepEqual([sink.lines, sink.losses], [[SECOND], []]);
});

Deno.test("Eventlog reads again what was written in half", async () => {
  using fake = new FakeWevtutil();
  fake.contains({ oldest: 101, count: 2 });
  fake.answers(100, utf8(`${FIRST}\n${SECOND.slice(0, 200)}`));
  fake.answers(101, utf8(`${SECOND}\n`));
  const sink = new RecordingSink();
  await look(fake, sink);
  await look(fake, sink);
  assert.deepEqual(sink.lines, [FIRST, SECOND]);
});

Deno.test("Eventlog tells that a log was cleared, and reads it from its beginning", async () => {
  using fake = new FakeWevtutil();
  fake.contains({ oldest: 101, count: 1 });
  fake.answers(100, utf8(FIRST));
  const sink = new RecordingSink();
  await look(fake, sink);
  fake.contains({ oldest: 1, count: 2 });
  fake.answers(0, utf8(event(1) + event(2)));
  const module = await look(fake, sink);
  assert.deepEqual(sink.lines.length, 3);
  assert.deepEqual(sink.losses, [{
    events: 0,
    bytes: 0,
    reason: "event log was cleared",
    detail: "System, after event 101",
  }]);
  assert.equal(module.report().details.cleared, 1);
});

Deno.test("Eventlog counts what was overwritten before it was read", async () => {
  using fake = new FakeWevtutil();
  fake.contains({ oldest: 101, count: 1 });
  fake.answers(100, utf8(FIRST));
  fake.answers(101, utf8(event(110)));
  const sink = new RecordingSink();
  await look(fake, sink);
  fake.contains({ oldest: 110, count: 1 });
  await look(fake, sink);
  assert.deepEqual(sink.losses.map(({ events, detail }) => [events, detail]), [
    [8, "System, events 102 to 109"],
  ]);
});

Deno.test("Eventlog says which channel cannot be read, and why; the others go on", async () => {
  using fake = new FakeWevtutil();
  fake.contains({ oldest: 101, count: 1 });
  fake.answers(100, utf8(FIRST));
  const sink = new RecordingSink();
  const channels = ["Security", "Nowhere", "System"].map((channel) => ({ channel, query: "*" }));
  const module = await look(fake, sink, { channels });
  assert.deepEqual(sink.lines, [FIRST]);
  const [denied, missing] = module.report().problems ?? [];
  assert.equal(denied?.message, "channel Security cannot be read: access is denied");
  assert.match(denied?.hint ?? "", /Event Log Readers/);
  assert.match(missing?.message ?? "", /channel Nowhere cannot be read: .*could not be found/);
});

Deno.test("Eventlog cuts an event that is too long, and counts it", async () => {
  using fake = new FakeWevtutil();
  fake.contains({ oldest: 101, count: 1 });
  fake.answers(100, utf8(FIRST.replace("time.example", "ü".repeat(50_000))));
  const sink = new RecordingSink();
  const module = await look(fake, sink);
  assert.ok(new TextEncoder().encode(sink.lines[0]).length <= 65_536);
  assert.deepEqual((sink.events[0]?.data as { log?: unknown }).log, { flags: ["truncated"] });
  assert.equal(module.report().details.cut, 1);
});

Deno.test("eventsIn() takes apart 10,000 events fast enough to be no matter", () => {
  const text = Array.from({ length: 10_000 }, (_, index) => event(index + 1)).join("\r\n");
  assert.equal(eventsIn(text).at(-1)?.recordId, 10_000);
});
