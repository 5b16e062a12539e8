import assert from "node:assert/strict";
import {
  RedactingSink,
  redactionsOf,
  withRedaction,
} from "../../../src/agent/modules/redacting_sink.ts";
import { encodeStateless } from "../../../src/shared/protocol/event_encoder.ts";
import { RecordingSink } from "./support/recording_sink.ts";

const HEADER = { module: "logcollector", collector: "syslog" };
const never = new AbortController().signal;

Deno.test("RedactingSink takes secrets out of texts and members, of single events and of runs", async () => {
  const stored = new RecordingSink();
  const sink = await withRedaction(stored, ["tokens", {
    pattern: "patient \\d+",
    with: "patient",
  }]);
  const time = "2026-11-26T01:02:03.004Z";
  const events = [
    { event: { original: "a password=p4ss", created: time }, message: "a password=p4ss" },
    { event: { original: "patient 17" }, "@timestamp": time },
    {
      event: { original: "nothing" },
      log: { syslog: { structured_data: { x: { token: "t0" } } } },
    },
  ].map((data) => encodeStateless(HEADER, data));
  const [first = "", ...others] = events;
  const bytes = new TextEncoder().encode(others.join(""));
  await sink.append({ stream: "stateless", events: [first, { events: 2, bytes }] }, never);
  assert.deepEqual(stored.events.map(({ data }) => data), [
    {
      event: { original: "a password=[redacted]", created: time },
      message: "a password=[redacted]",
    },
    { event: { original: "patient" }, "@timestamp": time },
    {
      event: { original: "nothing" },
      log: { syslog: { structured_data: { x: { token: "[redacted]" } } } },
    },
  ]);
  assert.deepEqual(redactionsOf(sink), { redactions: 4 });
  assert.ok(sink instanceof RedactingSink);
});

Deno.test("withRedaction() leaves a sink alone of which nothing is asked", async () => {
  const stored = new RecordingSink();
  assert.equal(await withRedaction(stored, []), stored);
  assert.deepEqual(redactionsOf(stored), {});
});
