/**
 * Sends test events and waits until every one of them is acknowledged, refused, or too late.
 *
 * @module
 */

import { AnySignal } from "../../../shared/any_signal.ts";
import type { Clock } from "../../../shared/clock.ts";
import type { Stream } from "../../../shared/protocol/wire.ts";
import { AgentError } from "../../../shared/errors.ts";
import { testEventRemovals, testEvents, type TestEventShape } from "./events.ts";
import type {
  DeliveryProblem,
  SettledBatch,
  SpanReport,
} from "../../../shared/protocol/local_api.ts";
import type { EventSpan } from "../../../shared/protocol/stored_events.ts";

/** A way into the queue: the running agent, or the queue itself. */
export interface EventRoute {
  append(stream: Stream, lines: string, signal: AbortSignal): Promise<EventSpan>;
  /** What became of a span; waits up to `waitMs` for news. */
  report(span: EventSpan, waitMs: number): Promise<SpanReport>;
  problem(): Promise<DeliveryProblem | undefined>;
}

/** What to send and how long to wait. */
interface TestDelivery extends TestEventShape {
  count: number;
  timeoutMs: number;
  clock: Clock;
  signal: AbortSignal;
  /** Told from time to time how far it is. */
  onProgress: (progress: { stored: number; settled: number }) => void;
}

/** How far the server has got with deleting the test documents. */
interface Removal {
  /** Documents that were there and are no more. */
  deleted: number;
  /** Deletions that the server refused, and why. */
  refused: number;
  reason: string | undefined;
  /** Deletions that it has not answered yet. */
  open: number;
}

/** What came of it. */
export interface DeliveryResult {
  stored: number;
  acknowledged: number;
  refused: number;
  /** Stored, and neither of these as far as is known. */
  open: number;
  /** What became of the documents that stateful test events left at the server; left out for stateless events. */
  removal?: Removal;
  batches: SettledBatch[];
  tookMs: number;
  /** What ended it before its time; what was stored until then is in the other members. */
  broken?: { step: "store" | "acknowledge"; error: unknown } | undefined;
}

/** Bounds of one append: well below what the local API takes. */
const MAX_EVENTS_PER_APPEND = 1_000;
const MAX_BYTES_PER_APPEND = 4 * 1024 * 1024;
/** Longest wait for one report: what is shown as progress is no older than this. */
const REPORT_WAIT_MS = 1_000;

/**
 * Puts the events in and follows them until they are settled or the time is up. Never rejects: what
 * goes wrong is part of the result, beside what had been reached by then.
 */
export async function deliverTestEvents(
  route: EventRoute,
  delivery: TestDelivery,
): Promise<DeliveryResult> {
  const { clock, timeoutMs } = delivery;
  const startedAt = clock.monotonic();
  const leftMs = () => Math.max(0, timeoutMs - (clock.monotonic() - startedAt));
  const spans: FollowedSpan[] = [];
  const run = { delivery, leftMs, spans, id: crypto.randomUUID() };
  const broken = await store(route, run) ?? await followAll(route, run);
  const removal = delivery.stream === "stateful" ? await deleteAgain(route, run) : undefined;
  const reports = spans.map(({ report }) => report);
  const batches = new Map(reports.flatMap((one) => one.batches).map((batch) => [batch.id, batch]));
  const tookMs = clock.monotonic() - startedAt;
  return {
    ...total(reports),
    ...(removal !== undefined && { removal }),
    batches: [...batches.values()],
    tookMs,
    broken,
  };
}

/** A stored span and the latest report on it. */
interface FollowedSpan {
  span: EventSpan;
  report: SpanReport;
}

interface Run {
  delivery: TestDelivery;
  leftMs: () => number;
  spans: FollowedSpan[];
  /** Begins the ids of stateful documents. */
  id: string;
}

async function store(route: EventRoute, run: Run): Promise<DeliveryResult["broken"]> {
  const { delivery, leftMs, spans } = run;
  const { stream, count, signal, onProgress } = delivery;
  const step = eventsPerAppend(delivery);
  for (let first = 1; first <= count; first += step) {
    const last = Math.min(count, first + step - 1);
    const lines = testEvents(delivery, {
      first,
      last,
      count,
      now: new Date(delivery.clock.now()),
      run: run.id,
    });
    using limit = new AnySignal(signal, AbortSignal.timeout(leftMs()));
    try {
      const span = await route.append(stream, lines, limit.signal);
      spans.push({ span, report: notReported(span) });
    } catch (error) {
      return {
        step: "store",
        error: signal.aborted ? signal.reason : appendError(error, limit.signal),
      };
    }
    onProgress({ stored: last, settled: 0 });
  }
  return undefined;
}

function eventsPerAppend({ sizeBytes = 0, message = "" }: TestDelivery): number {
  const bytesEach = 200 + Math.max(sizeBytes, message.length);
  const fitting = Math.floor(MAX_BYTES_PER_APPEND / bytesEach);
  return Math.max(1, Math.min(MAX_EVENTS_PER_APPEND, fitting));
}

function notReported({ first_event, last_event }: EventSpan): SpanReport {
  const open_events = last_event - first_event + 1;
  return { acknowledged_events: 0, dead_lettered_events: 0, open_events, batches: [] };
}

/** A route makes what it will of an append that the time limit ends: a closed connection, an aborted request. */
function appendError(error: unknown, limit: AbortSignal): unknown {
  if (!limit.aborted) return error;
  return new AgentError("not_acknowledged", "The queue takes nothing in time", {
    cause: error,
    hint: "agent status shows how full the queue is",
  });
}

async function followAll(route: EventRoute, run: Run): Promise<DeliveryResult["broken"]> {
  try {
    for (const span of run.spans) await follow(route, span, run);
    return undefined;
  } catch (error) {
    return { step: "acknowledge", error };
  }
}

/** Deletes the documents that the server has, or may still get; deletions that are not acknowledged in time stay queued. */
async function deleteAgain(route: EventRoute, run: Run): Promise<Removal> {
  const sent = total(run.spans.map(({ report }) => report));
  // Which of several was refused is not known here: the deletion of what is not there does no harm.
  const stored = sent.refused === sent.stored ? 0 : sent.stored;
  const removal = { ...run, spans: [] as FollowedSpan[], delivery: quiet(run.delivery) };
  const step = eventsPerAppend(run.delivery);
  try {
    for (let first = 1; first <= stored; first += step) {
      const last = Math.min(stored, first + step - 1);
      const lines = testEventRemovals({ first, last, run: run.id });
      const span = await route.append("stateful", lines, run.delivery.signal);
      removal.spans.push({ span, report: notReported(span) });
    }
    for (const span of removal.spans) await follow(route, span, removal);
  } catch {
    // What went wrong before is told, or what was stored is; the deletions that are queued leave with the next events.
  }
  const reports = removal.spans.map(({ report }) => report);
  const { acknowledged, refused, open } = total(reports);
  const batches = reports.flatMap((report) => report.batches);
  return {
    deleted: Math.min(acknowledged, sent.acknowledged),
    refused,
    reason: batches.find(({ reason }) => reason !== null)?.reason ?? undefined,
    open,
  };
}

function quiet(delivery: TestDelivery): TestDelivery {
  return { ...delivery, onProgress: () => {} };
}

/** Asks for a span until all of it is settled: acknowledged, or refused for good. */
async function follow(
  route: EventRoute,
  followed: FollowedSpan,
  { delivery, leftMs, spans }: Run,
): Promise<void> {
  for (;;) {
    delivery.signal.throwIfAborted();
    followed.report = await route.report(
      followed.span,
      Math.min(REPORT_WAIT_MS, Math.ceil(leftMs())),
    );
    const { stored, open } = total(spans.map(({ report }) => report));
    delivery.onProgress({ stored, settled: stored - open });
    if (followed.report.open_events === 0 || leftMs() === 0) return;
  }
}

function total(reports: readonly SpanReport[]) {
  const sum = { stored: 0, acknowledged: 0, refused: 0, open: 0 };
  for (const { acknowledged_events, dead_lettered_events, open_events } of reports) {
    sum.acknowledged += acknowledged_events;
    sum.refused += dead_lettered_events;
    sum.open += open_events;
    sum.stored += acknowledged_events + dead_lettered_events + open_events;
  }
  return sum;
}
