/**
 * The first event of a source goes to the server alone: one header that it does not know spoils a whole request at some servers, for all
 * that is in it.
 *
 * What is refused is tried with another document: if that is taken, the first one is at fault. If it is refused too, and the server says
 * something else to a request without events, the server does not take the source: it is paused, with the server's words, and its states
 * wait in the outbox.
 *
 * @module
 */

import type { EventsOutcome, GiveUpOutcome } from "../../shared/protocol/exchange.ts";
import { noteRefused } from "./answered_states.ts";
import type { OutboxRow } from "./outbox_table.ts";
import type { Source } from "./source_table.ts";
import type { StateCore } from "./state_core.ts";
import { encodeState, encodeStateDelete } from "./state_event.ts";
import type { StateStore } from "./state_store.ts";
import type { StateServer } from "./types.ts";

/** The first pause of a source that the server does not take, in milliseconds; each further one is twice as long. */
const FIRST_PAUSE_MS = 3_600_000;
const LONGEST_PAUSE_MS = 24 * 3_600_000;
const TOO_LARGE = 413;

/** What came of a trial: `later`, when nothing is known yet. */
type TrialResult = "taken" | "paused" | "later";

/** An event that is tried, and the version of the document that it tells. */
interface Trial {
  promise: OutboxRow;
  lines: string;
  version: number | undefined;
}

/** Tries one source. Rejects only when the signal is aborted. */
export async function tryOut(
  core: StateCore,
  server: StateServer,
  { source, signal }: { source: Source; signal: AbortSignal },
): Promise<TrialResult> {
  const [first, other] = trialsOf(core, source);
  if (first === undefined) return "taken";
  const outcome = await server.send(first.lines, signal);
  if (outcome.kind === "done") return await settle(core, source, { trial: first, outcome });
  if (outcome.kind === "retry") return "later";
  if (outcome.status === TOO_LARGE) return await refuse(core, source, { trial: first, outcome });
  const second = other && await server.send(other.lines, signal);
  if (second?.kind === "retry") return "later";
  if (other !== undefined && second?.kind === "done") {
    await refuse(core, source, { trial: first, outcome });
    return await settle(core, source, { trial: other, outcome: second });
  }
  // A server in trouble refuses everything, also what is empty.
  const empty = await server.probe(signal);
  if (empty.kind === "retry" || (empty.kind === "give_up" && empty.reason === outcome.reason)) {
    return "later";
  }
  return await pause(core, source, outcome);
}

function trialsOf(core: StateCore, source: Source): (Trial | undefined)[] {
  return core.look((store) => {
    const [first] = store.outbox.next(source.number, 1);
    const other = first && otherThan(store, source, first);
    return [first, other].map((promise) => promise && trialOf(core, store, { source, promise }));
  });
}

/** A promise, or else anything that was told before: it does no harm to tell it again. */
function otherThan(store: StateStore, { number }: Source, { id }: OutboxRow) {
  const last = store.outbox.last(number);
  if (last !== undefined && last.id !== id) return last;
  const row = store.states.page(number, "", 2).find((one) => one.id !== id);
  return row && { id: row.id, key: row.key, operation: "update" } as const;
}

function trialOf(
  core: StateCore,
  store: StateStore,
  { source, promise }: { source: Source; promise: OutboxRow },
): Trial {
  const shape = {
    source,
    declaration: core.declarationOf(source),
    schema: core.deps.options().schema,
  };
  const row = store.states.get(source.number, promise.key);
  if (promise.operation === "delete" || row === undefined) {
    return { promise, lines: encodeStateDelete(promise.id, shape), version: undefined };
  }
  return { promise, lines: encodeState(row, promise.operation, shape), version: row.version };
}

/** The server takes the source; what it says of the document is acted on. */
async function settle(
  core: StateCore,
  source: Source,
  { trial, outcome }: { trial: Trial; outcome: Extract<EventsOutcome, { kind: "done" }> },
): Promise<TrialResult> {
  const { promise: { id, key }, version } = trial;
  const { again = [], existing = [], refused = [] } = outcome;
  // A passing fault of the document says nothing of the source.
  if (again.some(({ operation }) => operation === undefined)) return "later";
  await core.transact((store) => {
    const known = { isKnown: true, pausedUntilMs: 0, pauseMs: 0, pauseReason: undefined };
    store.sources.update(source, known);
    const row = store.states.get(source.number, key);
    const hasChanged = row?.version !== version;
    const [refusal] = refused;
    if (again.length > 0) store.outbox.put(source.number, { id, key, operation: "create" });
    else if (row !== undefined && (hasChanged || existing.length > 0)) {
      store.outbox.put(source.number, { id, key, operation: "update" });
    } else if (row === undefined && version !== undefined) {
      store.outbox.put(source.number, { id, key, operation: "delete" });
    } else store.outbox.remove(source.number, id);
    if (refusal !== undefined && row !== undefined && !hasChanged) {
      noteRefused(core, { store, source, row }, `${refusal.status}: ${refusal.reason}`);
    }
  });
  return "taken";
}

/** The document is at fault, not the source. */
async function refuse(
  core: StateCore,
  source: Source,
  { trial: { promise, version }, outcome }: { trial: Trial; outcome: GiveUpOutcome },
): Promise<TrialResult> {
  await core.transact((store) => {
    const row = store.states.get(source.number, promise.key);
    if (row !== undefined && row.version !== version) return;
    store.outbox.remove(source.number, promise.id);
    if (row) noteRefused(core, { store, source, row }, `${outcome.status}: ${outcome.reason}`);
  });
  return "later";
}

async function pause(
  core: StateCore,
  source: Source,
  { status, reason }: GiveUpOutcome,
): Promise<TrialResult> {
  const { clock } = core.deps;
  const pauseMs = Math.min(Math.max(FIRST_PAUSE_MS, 2 * source.pauseMs), LONGEST_PAUSE_MS);
  const pauseReason = `${status}: ${reason}`;
  const pausedUntilMs = clock.now() + pauseMs;
  await core.transact((store) =>
    store.sources.update(source, { isKnown: false, pausedUntilMs, pauseMs, pauseReason })
  );
  const { module, collector } = source;
  core.log.warn("The server does not take {module}/{collector}, which waits: {reason}", {
    module,
    collector,
    until: new Date(pausedUntilMs).toISOString(),
    reason,
  });
  return "paused";
}
