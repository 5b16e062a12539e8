import assert from "node:assert/strict";
import { StateTracker } from "../../../src/agent/status/state_tracker.ts";
import type { DispatchStatus } from "../../../src/shared/protocol/part_status.ts";

const idle: DispatchStatus = {
  batches_in_flight: 0,
  in_flight_limit: 1,
  sent_events: 0,
  sent_batches: 0,
  retried_batches: 0,
  failure: undefined,
};
const valid = { state: "valid", since: "", for_ms: 0 } as const;
const waiting = {
  state: "waiting",
  since_ms: 0,
  reason: undefined,
  next_try_at_ms: undefined,
  received: 0,
  last_answer_ms: undefined,
  cut: 0,
} as const;
const well = {
  stopping: false,
  token: valid,
  poller: waiting,
  dispatchers: [idle],
  queueIsFull: false,
};
const iso = (ms: number) => new Date(ms).toISOString();

Deno.test("update() tells since when a state lasts, not since when it was last asked", () => {
  const tracker = new StateTracker(1_000);
  const starting = { ...well, token: { ...valid, state: "none" } as const };
  assert.deepEqual([tracker.update(starting, 2_000).name, tracker.update(starting, 3_000).since], [
    "starting",
    iso(1_000),
  ]);
  tracker.update(well, 4_000);
  const state = tracker.update(well, 9_000);
  assert.deepEqual(state, {
    name: "connected",
    since: iso(4_000),
    reason: null,
    cause: null,
    next_try_at: null,
  });
});

Deno.test("update() tells the worst of the parts: stopping, refused, failing log-in, failing batch, failing poll", () => {
  const failure = { reason: "503", at_ms: 0, next_try_at_ms: 7_000, tries: 1 };
  const parts = {
    ...well,
    dispatchers: [idle, { ...idle, failure }],
    poller: { ...waiting, state: "retrying", reason: "reset", next_try_at_ms: 8_000 } as const,
  };
  const refused = {
    ...valid,
    state: "refused",
    reason: "invalid key",
    next_try_in_ms: 500,
  } as const;
  const seen = [
    { ...parts, token: refused, stopping: true },
    { ...parts, token: refused },
    { ...parts, token: { ...refused, state: "retrying" } as const },
    parts,
    { ...parts, dispatchers: [idle] },
  ].map((each) => {
    const { name, reason, next_try_at } = new StateTracker(0).update(each, 1_000);
    return [name, reason, next_try_at];
  });
  assert.deepEqual(seen, [
    ["stopping", null, null],
    ["refused", "invalid key", iso(1_500)],
    ["retrying", "invalid key", iso(1_500)],
    ["retrying", "503", iso(7_000)],
    ["retrying", "reset", iso(8_000)],
  ]);
});

Deno.test("update() tells a server that refuses every event from one that is away, and a full queue only while the server answers", () => {
  const failure = { reason: "400", at_ms: 0, next_try_at_ms: 7_000, tries: 1 };
  const refusing = [{ ...idle, failure: { ...failure, refused_since_ms: 5 } }];
  const away = { ...waiting, state: "retrying", reason: "dns", cause: "dns" } as const;
  const seen = [
    { ...well, dispatchers: refusing, queueIsFull: true },
    { ...well, poller: away, queueIsFull: true },
    { ...well, queueIsFull: true },
  ].map((parts) => {
    const { name, cause } = new StateTracker(0).update(parts, 1_000);
    return [name, cause];
  });
  assert.deepEqual(seen, [["events_refused", null], ["retrying", "dns"], ["queue_full", null]]);
});
