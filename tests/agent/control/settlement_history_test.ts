import assert from "node:assert/strict";
import { SettlementHistory } from "../../../src/agent/control/settlement_history.ts";
import type { SettledBatch } from "../../../src/shared/protocol/local_api.ts";

function batch(first_event: number, last_event: number, changes: Partial<SettledBatch> = {}) {
  const rest = { outcome: "acknowledged", status: 200, reason: null, refused_events: 0 } as const;
  const stream = "stateless" as const;
  return { id: `${first_event}`, stream, first_event, last_event, at_ms: 0, ...rest, ...changes };
}

Deno.test("report() counts only the events of the span, in whichever batches they left", () => {
  const settlements = new SettlementHistory();
  settlements.add(batch(1, 10));
  settlements.add(batch(11, 20, { outcome: "dead_lettered", status: 400 }));
  settlements.add(batch(5, 15, { stream: "stateful" }));
  const report = settlements.report({ stream: "stateless", first_event: 8, last_event: 22 });
  assert.equal(report.acknowledged_events, 3);
  assert.equal(report.dead_lettered_events, 10);
  assert.equal(report.open_events, 2);
  assert.deepEqual(report.batches.map(({ id }) => id), ["1", "11"]);
});

Deno.test("report() counts the events that were refused within an acknowledged batch", () => {
  const settlements = new SettlementHistory();
  settlements.add(batch(1, 4, { refused_events: 1 }));
  const report = settlements.report({ stream: "stateless", first_event: 1, last_event: 4 });
  assert.deepEqual([report.acknowledged_events, report.dead_lettered_events], [3, 1]);
});

Deno.test("next() resolves at the next settlement and when the signal is aborted", async () => {
  const settlements = new SettlementHistory();
  const first = settlements.next(new AbortController().signal);
  settlements.add(batch(1, 1));
  await first;
  const stop = new AbortController();
  const second = settlements.next(stop.signal);
  stop.abort();
  await second;
  await settlements.next(stop.signal);
});

Deno.test("what is remembered is bounded, the newest stay", () => {
  const settlements = new SettlementHistory();
  for (let event = 1; event <= 25_000; event++) settlements.add(batch(event, event));
  const report = settlements.report({ stream: "stateless", first_event: 1, last_event: 25_000 });
  assert.ok(report.acknowledged_events >= 10_000 && report.acknowledged_events <= 20_000);
  assert.equal(settlements.lastAcknowledged()?.id, "25000");
});
