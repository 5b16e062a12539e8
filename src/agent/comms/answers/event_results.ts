/**
 * What an answer says of each event: `{"results":[{"index","id","result","status"}…]}`.
 *
 * Entries are matched by `id`, the n-th entry of an id with its n-th event; `index` is the name of a database index, not a position.
 * When no entry has an id and there is one for each event, their order counts.
 *
 * @module
 */

import type { RefusedEvent, RepeatedEvent } from "../../../shared/protocol/exchange.ts";
import type { SentState } from "../../../shared/protocol/stateful_headers.ts";
import { oneLine } from "../../../shared/text.ts";
import { isObject } from "./answer.ts";
import { reasonIn } from "./said.ts";

/** Events that were not simply received. */
interface EventResults {
  refused?: RefusedEvent[];
  again?: RepeatedEvent[];
  existing?: number[];
}

interface Entry {
  id: string | undefined;
  status: number;
  reason: string;
}

/** Results that stand for a success in entries without a status. */
const SUCCESSES: ReadonlySet<unknown> = new Set(["created", "updated", "deleted", "noop", "ok"]);
/** Statuses of a passing fault of one event. */
const PASSING: ReadonlySet<number> = new Set([408, 425, 429]);
const CREATE_AGAIN = 404;
const FOLLOWS = "an earlier event of the same id is sent again";

/** Whether an answer says of single events what became of them. */
export function hasResults(body: unknown): body is { results: unknown[] } {
  return isObject(body) && Array.isArray(body.results) && body.results.length > 0;
}

/** Reads the results for what was `sent`; `undefined` when there are some and none can be read: then nothing is known of any event. */
export function readResults(
  body: unknown,
  sent: () => readonly SentState[],
): EventResults | undefined {
  if (!hasResults(body)) return {};
  // One odd entry must not make the others unreadable.
  const entries = body.results.flatMap((entry: unknown) => entryOf(entry) ?? []);
  if (entries.length === 0) return undefined;
  const refused: RefusedEvent[] = [];
  const again: RepeatedEvent[] = [];
  const existing: number[] = [];
  const events = sent();
  const match = matcher(entries, events);
  const repeated = new Set<string>();
  events.forEach((event, index) => {
    const { id, operation } = event;
    const entry = match(event, index);
    const reason = entry?.reason ?? "the server's answer does not mention it";
    // When the server tells of some, its silence about another is no acknowledgement.
    const fate = entry === undefined ? "again" : fateOf(event, entry.status);
    // The older state must not come last: what follows it goes after it once more, received or not.
    const follows = repeated.has(id) && fate !== "refused";
    if (fate === "refused") refused.push({ index, status: entry?.status ?? 0, reason });
    else if (fate === "again") again.push({ index, reason });
    else if (follows) again.push({ index, reason: FOLLOWS, operation });
    else if (fate === "create") again.push({ index, reason, operation: "create" });
    else if (fate === "existing") existing.push(index);
    if (fate === "again" || fate === "create") repeated.add(id);
  });
  return {
    ...(refused.length > 0 && { refused }),
    ...(again.length > 0 && { again }),
    ...(existing.length > 0 && { existing }),
  };
}

/** Finds the entry for each event, asked in order. */
function matcher(entries: readonly Entry[], sent: readonly SentState[]) {
  // Without ids only the order is left to go by, and that only when none is missing.
  if (entries.length === sent.length && entries.every(({ id }) => id === undefined)) {
    return (_: SentState, index: number) => entries[index];
  }
  const byId = new Map<string, Entry[]>();
  for (const entry of entries) {
    if (entry.id !== undefined) byId.set(entry.id, [...byId.get(entry.id) ?? [], entry]);
  }
  // The same id several times in a batch: its entries are taken in the order of its events.
  return ({ id }: SentState) => byId.get(id)?.shift();
}

function fateOf({ operation }: SentState, status: number) {
  if (status >= 200 && status <= 206) return "received";
  // There, or gone, already: perhaps a repeat after an answer that was lost.
  if (operation === "create" && status === 409) return "existing";
  if (operation === "delete" && status === 404) return "received";
  if (operation === "update" && status === CREATE_AGAIN) return "create";
  return PASSING.has(status) || status >= 500 ? "again" : "refused";
}

function entryOf(entry: unknown): Entry | undefined {
  if (!isObject(entry)) return undefined;
  const { id, result } = entry;
  const said = statusIn(entry.status);
  const status = said !== undefined ? said : SUCCESSES.has(result) ? 200 : undefined;
  if (status === undefined) return undefined;
  const known = typeof id === "string" || typeof id === "number";
  return { id: known ? String(id) : undefined, status, reason: reasonOf(entry) };
}

/** An HTTP status, as a number or a text; nothing else could be told or stored as one. */
export function statusIn(value: unknown): number | undefined {
  const isStatus = (typeof value === "number" || typeof value === "string") &&
    /^[1-5]\d\d$/.test(String(value));
  return isStatus ? Number(value) : undefined;
}

function reasonOf({ result, ...entry }: Record<string, unknown>): string {
  // `result` mostly names the kind of outcome only, such as `error`.
  const said = [reasonIn(entry.reason), reasonIn(entry), reasonIn(result)].find(Boolean) ??
    (result === undefined ? "refused" : JSON.stringify(result));
  return oneLine(said);
}
