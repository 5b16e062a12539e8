import assert from "node:assert/strict";
import { statusText } from "../../../src/agent/status/status_text.ts";
import { metricsText } from "../../../src/agent/status/metrics.ts";
import { stoppedStatus } from "../../../src/agent/status/stopped_status.ts";
import { STATUS_OPTIONS } from "../../support/status_documents.ts";
import { events, openQueue, TempFolder } from "../../support/queues.ts";

const identity = { id: "0197", name: "web-1", groups: ["web"] };

Deno.test("the document of an agent that never ran has every member, all of them zero", () => {
  const document = stoppedStatus(STATUS_OPTIONS, { identity: undefined, queue: undefined }, 5_000);
  assert.deepEqual([document.running, document.agent, document.pid], [false, null, null]);
  const numbers = Object.values(document.streams.stateless).filter((value) => value !== 0);
  assert.deepEqual(numbers, Array(numbers.length).fill(null));
  assert.deepEqual(document.queue, {
    full: false,
    full_since: null,
    disk_low: false,
    disk_low_since: null,
    disk_free_bytes: null,
    disk_min_free_bytes: null,
    disk_total_bytes: null,
    max_events: 1_000,
    max_bytes: 10_000,
    kept_dead_letters: 0,
    unreadable: null,
  });
});

Deno.test("a database that cannot be read is the reason that is given, with its next step, and not numbers", () => {
  const unreadable = { reason: "Queue is damaged", hint: "agent queue repair" };
  const document = stoppedStatus(STATUS_OPTIONS, { identity, queue: undefined, unreadable }, 0);
  const { name, reasons } = document.health;
  assert.equal(name, "failing");
  assert.deepEqual(
    reasons.filter(({ code }) => code === "queue_unreadable")
      .map(({ message, hint }) => [message, hint]),
    [["Queue is damaged", "agent queue repair"]],
  );
  const text = statusText(document, 0);
  assert.match(text, /^queue +CANNOT BE READ/m);
  assert.doesNotMatch(text, /^stateless/m);
});

Deno.test("a copy of a machine that does not run is told as such", () => {
  const found = { identity, queue: undefined, isCopy: true };
  const { health } = stoppedStatus(STATUS_OPTIONS, found, 0);
  assert.ok(health.reasons.some(({ code }) => code === "machine_copied"));
});

Deno.test("text and metrics name a part that makes no progress, and what it was rebuilt for", async () => {
  const nowMs = Date.UTC(2026, 0, 1);
  const iso = (agoMs: number) => new Date(nowMs - agoMs).toISOString();
  const report = {
    part: "stream stateful",
    waits_for: "an answer to batch b1, for 400 s",
    stalled_since: iso(360_000),
    rebuilds: 1,
    rebuilt_at: iso(60_000),
    rebuilt_for: "an answer to batch b1, for 340 s",
  };
  const quiet = { part: "module a", waits_for: "new lines", stalled_since: null };
  const never = { rebuilds: 0, rebuilt_at: null, rebuilt_for: null };
  const document = {
    ...stoppedStatus(STATUS_OPTIONS, { identity, queue: undefined }, nowMs),
    watchdog: [report, { ...quiet, ...never }],
  };
  const rows = statusText(document, nowMs).split("\n").filter((row) => row.startsWith("watchdog"));
  assert.deepEqual(rows, [
    "watchdog   stream stateful MAKES NO PROGRESS for 6 min 0 s, waits for an answer to batch b1, " +
    "for 400 s; rebuilt 1 time, last 1 min 0 s ago because it waited for an answer to batch b1, " +
    "for 340 s",
  ]);
  const { text } = await metricsText(document);
  assert.match(text, /^agent_part_stalled\{part="stream stateful"\} 1$/m);
  assert.match(text, /^agent_part_stalled\{part="module a"\} 0$/m);
  assert.match(text, /^agent_part_rebuilds_total\{part="stream stateful"\} 1$/m);
});

Deno.test("the document, its text and its metrics tell the same number of queued events", async () => {
  using folder = new TempFolder();
  using queue = openQueue(folder);
  await queue.append({ stream: "stateless", events: events(3) });
  const document = stoppedStatus(STATUS_OPTIONS, { identity, queue }, Date.now());
  assert.equal(document.streams.stateless.queued_events, 3);
  const text = statusText(document, Date.now());
  assert.match(text, /^agent {6}web-1 \(0197\), version .*, groups web$/m);
  assert.match(text, /^state {6}stopped$/m);
  assert.match(text, /^stateless {2}3 pending, 0 in batches/m);
  assert.doesNotMatch(text, /^process|^token/m, "there is no process to tell of");
  const metrics = await metricsText(document);
  assert.match(metrics.text, /^agent_queued_events\{stream="stateless"\} 3$/m);
});
