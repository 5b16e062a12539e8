/**
 * Sends test events and waits until every one of them is acknowledged, refused, or too late.
 *
 * @module
 */

import { AnySignal } from "../any_signal.ts";
import type { Clock } from "../clock.ts";
import type { Stream } from "../comms/wire.ts";
import type { EventSpan, SettledBatch, SpanReport } from "../control/settlements.ts";
import { AgentError } from "../errors.ts";
import { testEvents, type TestEventShape } from "./test_events.ts";

/** What is known to stand in the way. */
export interface RouteProblem {
  step: "log in" | "send";
  /** The server refuses the agent's credentials. */
  refused: boolean;
  reason: string;
}

/** A way into the queue: the running agent, or the queue itself. */
export interface EventRoute {
  append(stream: Stream, lines: string, signal: AbortSignal): Promise<EventSpan>;
  /** What became of a span; waits up to `waitMs` for news. */
  report(span: EventSpan, waitMs: number): Promise<SpanReport>;
  problem(): Promise<RouteProblem | undefined>;
}

/** What to send and how long to wait. */
export interface TestDelivery extends TestEventShape {
  count: number;
  timeoutMs: number;
  clock: Clock;
  signal: AbortSignal;
  /** Told from time to time how far it is. */
  onProgress: (progress: { stored: number; settled: number }) => void;
}

/** What came of it. */
export interface DeliveryResult {
  acknowledged: number;
  refused: number;
  open: number;
  batches: SettledBatch[];
  tookMs: number;
}

/** Bounds of one append: well below what the local API takes. */
const MAX_EVENTS_PER_APPEND = 1_000;
const MAX_BYTES_PER_APPEND = 4 * 1024 * 1024;
/** Longest wait between two looks. */
const LOOK_INTERVAL_MS = 1_000;

/** Puts the events in and follows them until they are settled or the time is up. */
export async function deliverTestEvents(
  route: EventRoute,
  delivery: TestDelivery,
): Promise<DeliveryResult> {
  const { clock, timeoutMs } = delivery;
  const startedAt = clock.monotonic();
  const leftMs = () => Math.max(0, timeoutMs - (clock.monotonic() - startedAt));
  const spans = await store(route, delivery, leftMs);
  const reports: SpanReport[] = [];
  for (const span of spans) {
    reports.push(await settle(route, span, { delivery, leftMs, before: total(reports) }));
  }
  const { acknowledged, refused, open } = total(reports);
  const batches = new Map(reports.flatMap((one) => one.batches).map((batch) => [batch.id, batch]));
  const tookMs = clock.monotonic() - startedAt;
  return { acknowledged, refused, open, batches: [...batches.values()], tookMs };
}

/** @throws {AgentError} `not_acknowledged` when the queue takes nothing in time */
async function store(
  route: EventRoute,
  delivery: TestDelivery,
  leftMs: () => number,
): Promise<EventSpan[]> {
  const { stream, count, sizeBytes = 0, message = "", signal, onProgress } = delivery;
  const bytesEach = 200 + Math.max(sizeBytes, message.length);
  const step = Math.max(
    1,
    Math.min(MAX_EVENTS_PER_APPEND, Math.floor(MAX_BYTES_PER_APPEND / bytesEach)),
  );
  const spans: EventSpan[] = [];
  for (let first = 1; first <= count; first += step) {
    const last = Math.min(count, first + step - 1);
    const lines = testEvents(delivery, { first, last, count, now: new Date(delivery.clock.now()) });
    using limit = new AnySignal(signal, AbortSignal.timeout(leftMs()));
    spans.push(await storeLines(route, { stream, lines, limit: limit.signal, signal }));
    onProgress({ stored: last, settled: 0 });
  }
  return spans;
}

async function storeLines(
  route: EventRoute,
  { stream, lines, limit, signal }: {
    stream: Stream;
    lines: string;
    limit: AbortSignal;
    signal: AbortSignal;
  },
): Promise<EventSpan> {
  try {
    return await route.append(stream, lines, limit);
  } catch (error) {
    signal.throwIfAborted();
    if (!limit.aborted) throw error;
    throw new AgentError(
      "not_acknowledged",
      'Step "store" failed: the queue takes nothing in time',
      {
        cause: error,
        hint: "look at agent status: the queue may be full",
      },
    );
  }
}

async function settle(
  route: EventRoute,
  span: EventSpan,
  { delivery, leftMs, before }: {
    delivery: TestDelivery;
    leftMs: () => number;
    before: { acknowledged: number; refused: number };
  },
): Promise<SpanReport> {
  for (;;) {
    delivery.signal.throwIfAborted();
    const report = await route.report(span, Math.min(LOOK_INTERVAL_MS, Math.ceil(leftMs())));
    const settled = before.acknowledged + before.refused + report.acknowledged_events +
      report.dead_lettered_events;
    delivery.onProgress({ stored: delivery.count, settled });
    if (report.open_events === 0 || leftMs() === 0) return report;
  }
}

function total(reports: readonly SpanReport[]) {
  const sum = { acknowledged: 0, refused: 0, open: 0 };
  for (const report of reports) {
    sum.acknowledged += report.acknowledged_events;
    sum.refused += report.dead_lettered_events;
    sum.open += report.open_events;
  }
  return sum;
}
