import assert from "node:assert/strict";
import { StreamHistory } from "../../../src/agent/status/stream_history.ts";
import type { Account } from "../../../src/shared/protocol/stored_events.ts";

const none = { events: 0, bytes: 0 };
const account = (acknowledged: number, dead_lettered: number, dropped = none): Account => ({
  taken: none,
  queued: none,
  acknowledged: { events: acknowledged, bytes: 0 },
  dead_lettered: { events: dead_lettered, bytes: 0 },
  dropped,
});
const iso = (ms: number) => new Date(ms).toISOString();

Deno.test("observe() counts what is set aside in a row, until something is acknowledged", () => {
  const history = new StreamHistory();
  history.observe(account(5, 9), 1);
  assert.equal(history.past.last_dead_lettered_at, null, "that was before the start");
  history.observe(account(5, 11), 2);
  history.observe(account(5, 12), 3);
  const { dead_lettered_in_row, dead_lettered_in_row_since } = history.past;
  assert.deepEqual([dead_lettered_in_row, dead_lettered_in_row_since], [3, iso(2)]);
  history.observe(account(6, 13), 4);
  assert.deepEqual(history.past, {
    last_acknowledged_at: iso(4),
    last_dead_lettered_at: iso(4),
    last_dropped_at: null,
    dead_lettered_in_row: 0,
    dead_lettered_in_row_since: null,
  });
});

Deno.test("observe() notes when events were dropped, also when only their bytes are known", () => {
  const history = new StreamHistory();
  history.observe(account(0, 0), 1);
  history.observe(account(0, 0, { events: 0, bytes: 7 }), 2);
  assert.equal(history.past.last_dropped_at, iso(2));
});
