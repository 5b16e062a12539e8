/**
 * Asks the sender of a command, just before it begins, whether it still may.
 *
 * The sender tells somebody that a command failed when it hears nothing for long, and a report that it has begun may be on its way for
 * longer than that. So a command whose sender wants to be asked begins only once that has said yes, and until when it waits.
 *
 * @module
 */

import { AnySignal } from "../../shared/any_signal.ts";
import type { Clock } from "../../shared/clock.ts";
import type { StartOutcome } from "../../shared/protocol/exchange.ts";
import type { WaitingCommand } from "./journal_outcomes.ts";

/** Asks once. Rejects only when the signal is aborted. */
export type AskStart = (documentId: string, signal: AbortSignal) => Promise<StartOutcome>;

/** Whether a command may begin, and how long its run may take at most, in milliseconds. */
export type StartPermit = { kind: "granted"; withinMs: number } | { kind: "refused" | "late" };

/** How the sender is asked. */
interface Asking {
  ask: AskStart;
  clock: Clock;
  /** When the command's time to begin is over, by the monotonic clock. */
  deadlineMs: number;
  signal: AbortSignal;
}

const RETRY_MS = 1_000;

/** Asks until there is an answer or the command's time to begin is over. Rejects only when the signal is aborted. */
export async function askPermit(
  { document_id, confirmStart }: Pick<WaitingCommand, "document_id" | "confirmStart">,
  asking: Asking,
): Promise<StartPermit> {
  if (confirmStart !== true) return { kind: "granted", withinMs: Infinity };
  const { clock, deadlineMs, signal } = asking;
  for (;;) {
    const askedMs = clock.monotonic();
    if (askedMs >= deadlineMs) return { kind: "late" };
    const outcome = await askOnce(document_id, asking);
    if (outcome.kind !== "retry") return permitOf(outcome, clock.monotonic() - askedMs);
    const leftMs = deadlineMs - clock.monotonic();
    if (leftMs > 0) await clock.sleep(Math.min(RETRY_MS, leftMs), signal);
  }
}

/** The sender counts from when it was asked, and nobody knows when within `spentMs` that was. */
function permitOf(
  outcome: Exclude<StartOutcome, { kind: "retry" }>,
  spentMs: number,
): StartPermit {
  // Such a sender never says until when it waits.
  if (outcome.kind === "unsupported") return { kind: "granted", withinMs: Infinity };
  if (outcome.kind === "refused") return { kind: "refused" };
  const withinMs = outcome.timeLeftMs - spentMs;
  return withinMs > 0 ? { kind: "granted", withinMs } : { kind: "late" };
}

/** An answer that comes after the deadline counts no more. */
async function askOnce(
  documentId: string,
  { ask, clock, deadlineMs, signal }: Asking,
): Promise<StartOutcome> {
  const over = new AbortController();
  using either = new AnySignal(signal, over.signal);
  const late = clock.sleep(deadlineMs - clock.monotonic(), either.signal)
    .then((): StartOutcome => ({ kind: "retry" }));
  late.catch(() => {});
  const asked = ask(documentId, either.signal);
  asked.catch(() => {});
  try {
    return await Promise.race([asked, late]);
  } finally {
    over.abort();
  }
}
