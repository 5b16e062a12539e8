/**
 * The stateless events that tell people of changes, once a first scan is over.
 *
 * @module
 */

import { encodeStateless } from "../../../shared/protocol/event_encoder.ts";
import { COUNTERS } from "./counters.ts";
import type { CollectorName, InventoryCollector, Subject } from "./item.ts";

type Document = Readonly<Record<string, unknown>>;

/** A change, as the states tell of it. */
interface Transition {
  operation: "create" | "update" | "delete";
  before?: { data: string };
  after?: Document;
}

const PAST = { create: "was detected", update: "was updated", delete: "was removed" } as const;
const MODULE = "inventory";

/** Makes the events of a change; `undefined` when nobody is to be told. */
export function tellChange(
  { name, subject }: Pick<InventoryCollector, "name" | "subject">,
  { operation, before, after }: Transition,
  nowMs: number,
): string[] | undefined {
  const was = before && JSON.parse(before.data) as Document;
  const context = { name, subject, nowMs };
  if (was !== undefined && after !== undefined && isAnotherProcess(name, was, after)) {
    return [...eventOf("delete", { ...context, was }), ...eventOf("create", { ...context, after })];
  }
  const events = eventOf(operation, {
    ...context,
    ...(was && { was }),
    ...(after && { after }),
  });
  return events.length === 0 ? undefined : events;
}

interface EventContext {
  name: CollectorName;
  subject: Subject;
  nowMs: number;
  was?: Document;
  after?: Document;
}

function eventOf(
  operation: Transition["operation"],
  { name, subject, nowMs, was, after }: EventContext,
): string[] {
  const words = subject[operation];
  const document = after ?? was;
  if (words === undefined || document === undefined) return [];
  const [action, type] = words;
  const changed = was && after ? changedMembers(was, after).filter(isNoCounter(name)) : [];
  const event = {
    action,
    category: [subject.category],
    type: [type],
    created: new Date(nowMs).toISOString(),
    reason: `${subject.describe(document)} ${pastOf(action, operation)}`,
    ...(operation === "update" && { changed_fields: changed.map(([path]) => path) }),
  };
  const data = operation === "update" ? withPrevious(document, subject.member, changed) : document;
  return [encodeStateless({ module: MODULE, collector: name }, { event, ...data })];
}

/** `package-installed`: what happened is the last word, where that is more than "detected". */
function pastOf(action: string, operation: Transition["operation"]): string {
  const word = action.split("-").at(-1) ?? "";
  return word === "info" ? PAST[operation] : `was ${word}`;
}

/** What the changed members were, beside what they are, within the member that the document is about. */
function withPrevious(
  document: Document,
  member: string,
  changed: readonly (readonly [path: string, before: unknown])[],
): Document {
  const previous: Record<string, unknown> = {};
  for (const [path, before] of changed) {
    const [first, ...rest] = path.split(".");
    put(previous, first === member && rest.length > 0 ? rest : path.split("."), before);
  }
  const own = document[member];
  const members = typeof own === "object" && own !== null ? own : {};
  return { ...document, [member]: { ...members, previous } };
}

function put(into: Record<string, unknown>, path: readonly string[], value: unknown): void {
  const [name = "", ...rest] = path;
  if (rest.length === 0) return void (into[name] = value);
  const inner = (into[name] ??= {}) as Record<string, unknown>;
  put(inner, rest, value);
}

/** Dotted paths of the members that differ, with what they were. */
function changedMembers(was: Document, is: Document): [path: string, before: unknown][] {
  const names = new Set([...Object.keys(was), ...Object.keys(is)]);
  return [...names].sort().flatMap((name): [string, unknown][] => {
    const [before, after] = [was[name], is[name]];
    if (isObject(before) && isObject(after)) {
      return changedMembers(before, after).map(([path, value]) => [`${name}.${path}`, value]);
    }
    return JSON.stringify(before) === JSON.stringify(after) ? [] : [[name, before ?? null]];
  });
}

function isNoCounter(name: CollectorName) {
  const counters = COUNTERS[name] ?? [];
  return ([path]: readonly [path: string, before: unknown]) =>
    !counters.some((counter) => path === counter || path.startsWith(`${counter}.`));
}

function isObject(value: unknown): value is Document {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A number of a process that was used again. */
function isAnotherProcess(name: string, was: Document, is: Document): boolean {
  if (name !== "processes") return false;
  const startOf = (document: Document) => (document.process as { start?: unknown } | null)?.start;
  return startOf(was) !== startOf(is);
}
