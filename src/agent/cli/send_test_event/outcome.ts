/**
 * How a test delivery ended, for people and for programs: both are told the same step and reason.
 *
 * @module
 */

import { AgentError, type ErrorCode, messageOf } from "../../../shared/errors.ts";
import type { DeliveryResult } from "./delivery.ts";
import { errorAnswer } from "../../control/error_body.ts";
import type { Route } from "./route.ts";
import type { DeliveryProblem, SettledBatch } from "../../../shared/protocol/local_api.ts";
import { pluralize } from "../../../shared/text.ts";

/** Why not every event was acknowledged. */
interface DeliveryFailure {
  /** `open` is everything before the first event. */
  step: "open" | "store" | "log in" | "send" | "acknowledge";
  reason: string;
  /** What the command throws. */
  error: unknown;
}

/** What the command prints and how it ends. */
export interface DeliveryOutcome {
  /** `null` when there was no way in. */
  via: Route["via"] | null;
  result: DeliveryResult;
  failure?: DeliveryFailure | undefined;
}

const START = "start the agent: agent run";

/** The outcome when no event could even be tried. */
export function notOpened(error: unknown): DeliveryOutcome {
  const result = {
    stored: 0,
    acknowledged: 0,
    refused: 0,
    open: 0,
    batches: [],
    tookMs: 0,
  };
  return { via: null, result, failure: { step: "open", reason: messageOf(error), error } };
}

/**
 * The outcome of `result`; asks the route why events are still open. `signal` is what stops the
 * command.
 */
export async function outcomeOf(
  result: DeliveryResult,
  route: Route,
  signal: AbortSignal,
): Promise<DeliveryOutcome> {
  const { via } = route;
  const { broken, refused, open } = result;
  if (broken !== undefined && signal.aborted) {
    const reason = `stopped by ${signal.reason}`;
    return { via, result, failure: { step: broken.step, reason, error: signal.reason } };
  }
  if (broken !== undefined) return { via, result, failure: brokenOff(result, broken) };
  if (refused > 0) return { via, result, failure: refusedByServer(result) };
  if (open === 0) return { via, result };
  try {
    return { via, result, failure: tooLate(result, via, await route.problem()) };
  } catch (error) {
    return { via, result, failure: brokenOff(result, { step: "acknowledge", error }) };
  }
}

function brokenOff(
  { open }: DeliveryResult,
  { step, error }: { step: "store" | "acknowledge"; error: unknown },
): DeliveryFailure {
  if (error instanceof AgentError && error.code === "not_running") {
    const stays = open === 0 ? undefined : `${keptText(open)} with the next start`;
    const reason = "the running agent has ended";
    return failure(step, reason, { code: "not_acknowledged", hint: START, stays });
  }
  const reason = reasonOf(error);
  const stays = open === 0
    ? undefined
    : `${pluralize(open, "event")} stored before, kept in the queue`;
  const { code, hint } = error instanceof AgentError ? error : { code: "failed" as const };
  return failure(step, reason, { code, hint, stays });
}

function refusedByServer({ refused, batches }: DeliveryResult): DeliveryFailure {
  const reason = batches.find((batch) => batch.reason !== null)?.reason ?? "no reason given";
  const message = `Step "acknowledge" failed: the server refused ${
    pluralize(refused, "event")
  }: ${reason}`;
  const error = new AgentError("event_refused", message, {
    hint:
      "correct what the server objects to; the newest refused events are kept as dead letters, " +
      "up to queue.max_dead_letter_bytes",
  });
  return { step: "acknowledge", reason, error };
}

function tooLate(
  { open }: DeliveryResult,
  via: Route["via"],
  problem: DeliveryProblem | undefined,
): DeliveryFailure {
  const { step = "acknowledge", refused = false, reason = "no answer yet", hint } = problem ?? {};
  const start = refused ? "register again: agent register --force" : START;
  const wait = "agent status shows what the agent is waiting for";
  return failure(step, reason, {
    code: refused ? "credentials_refused" : "not_acknowledged",
    hint: hint ?? (via === "queue" ? start : wait),
    stays: `${pluralize(open, "event")} not acknowledged in time, kept in the queue`,
  });
}

function failure(
  step: DeliveryFailure["step"],
  reason: string,
  { code, hint, stays }: { code: ErrorCode; hint?: string | undefined; stays?: string | undefined },
): DeliveryFailure {
  const message = `Step "${step}" failed: ${reason}${stays === undefined ? "" : ` (${stays})`}`;
  const error = new AgentError(code, message, hint === undefined ? {} : { hint });
  return { step, reason, error };
}

/** What an error says, to follow a colon. */
function reasonOf(error: unknown): string {
  return messageOf(error).replace(/^[A-Z](?=[a-z]* )/, (first) => first.toLowerCase());
}

/** What is said to whoever stopped the command while it worked. */
export function stoppedText({ via, result: { open }, failure }: DeliveryOutcome): string {
  const stopped = `Stopped by ${failure?.error}`;
  if (open === 0) return `${stopped}: no event was confirmed as stored and open\n`;
  const how = via === "queue" ? "with the next start" : "with the running agent";
  return `${stopped}: ${keptText(open)} ${how}\n`;
}

/** Such as `3 events are in the queue and leave`. */
function keptText(open: number): string {
  return `${pluralize(open, "event")} ${
    open === 1 ? "is in the queue and leaves" : "are in the queue and leave"
  }`;
}

/** The outcome for a person. */
export function outcomeText({ via, result }: DeliveryOutcome): string {
  const { acknowledged, batches, tookMs } = result;
  const took = `${(tookMs / 1000).toFixed(2)} s`;
  const lines = [`Acknowledged ${pluralize(acknowledged, "event")} in ${took}, through the ${via}`];
  lines.push(...batches.slice(0, 10).map(batchText));
  const more = batches.length - 10;
  if (more > 0) lines.push(`  … and ${pluralize(more, "more batch", "more batches")}`);
  if (result.removal !== undefined) lines.push(...removalText(result.removal));
  return lines.join("\n") + "\n";
}

function batchText(batch: SettledBatch): string {
  const { id, status, refused_events } = batch;
  const isRefused = outcomeOfBatch(batch) === "dead_lettered";
  const size = pluralize(sizeOf(batch), "event");
  const some = !isRefused && refused_events > 0 ? `, ${refused_events} of them refused` : "";
  return `  batch ${id}  ${
    isRefused ? "refused" : "acknowledged"
  }  status ${status}  ${size}${some}`;
}

function sizeOf({ first_event, last_event }: SettledBatch): number {
  return last_event - first_event + 1;
}

/** A batch of which every event was refused is not acknowledged, whatever the status of the answer. */
function outcomeOfBatch(batch: SettledBatch): SettledBatch["outcome"] {
  return batch.refused_events >= sizeOf(batch) ? "dead_lettered" : batch.outcome;
}

/** Nothing when no document was there to be deleted. */
function removalText(
  { deleted, refused, reason, open }: NonNullable<DeliveryResult["removal"]>,
): string[] {
  const documents = `${pluralize(deleted, "test document")} (package "agent-test-event")`;
  const parts = [
    ...(deleted > 0 ? [`${documents} deleted again`] : []),
    ...(refused > 0
      ? [`the server refused ${pluralize(refused, "deletion")}: ${reason ?? "no reason given"}`]
      : []),
    ...(open > 0 ? [`${pluralize(open, "deletion")} not acknowledged yet`] : []),
  ];
  return parts.length === 0 ? [] : [`  ${parts.join("; ")}`];
}

/** The outcome for a program: schema 1. */
export function outcomeJson({ via, result, failure }: DeliveryOutcome): string {
  const { stored, acknowledged, refused, open, removal, batches, tookMs } = result;
  const document = {
    schema: 1,
    via: via?.replace(" ", "_") ?? null,
    stored_events: stored,
    acknowledged_events: acknowledged,
    refused_events: refused,
    open_events: open,
    deleted_documents: removal?.deleted ?? null,
    refused_deletions: removal?.refused ?? null,
    took_ms: Math.round(tookMs),
    failed_step: failure?.step ?? null,
    reason: failure?.reason ?? null,
    error: failure === undefined ? null : errorAnswer(failure.error).body,
    batches: batches.map((batch) => ({
      id: batch.id,
      stream: batch.stream,
      outcome: outcomeOfBatch(batch),
      status: batch.status,
      events: sizeOf(batch),
      refused_events: batch.outcome === "dead_lettered" ? sizeOf(batch) : batch.refused_events,
    })),
  };
  return `${JSON.stringify(document)}\n`;
}
