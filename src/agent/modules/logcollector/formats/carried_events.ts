/**
 * Events that a rotation cut: their first lines stand at the end of one file of a log, the others at
 * the beginning of the next one.
 *
 * The position in the first file stays before them until the event is given with lines of the next
 * file; then both positions move in the same group. So a kill in between reads both again.
 *
 * @module
 */

import type { FileTail } from "../files/file_tail.ts";
import type { ByteRange } from "../lines/split_result.ts";
import { together } from "./joiner.ts";
import type { OpenEvent, OpenEvents, Part } from "./open_event.ts";

interface Carry {
  /** The file that was read last. */
  from: FileTail;
  events: OpenEvents;
}

/** What is carried from file to file, of each log. */
export class CarriedEvents {
  readonly #byLog = new Map<string, Carry>();

  /** A file is read to its end, and these events are open there. */
  leave(from: FileTail, open: OpenEvents): void {
    const events = [...open].map(([stream, event]) => [stream, event.carried(from)] as const);
    if (events.length > 0) this.#byLog.set(from.log, { from, events: new Map(events) });
  }

  /** What the file begins with. */
  into(tail: FileTail): OpenEvents | undefined {
    const carry = this.#byLog.get(tail.log);
    return carry && carry.from.order < tail.order ? carry.events : undefined;
  }

  /** True for a file that is read but for what is carried. */
  holds(tail: FileTail): boolean {
    return this.#originsOf(tail.log).includes(tail);
  }

  /** One of the files has more: all of it is looked at again. */
  drop(tail: FileTail): void {
    this.#byLog.delete(tail.log);
  }

  /** Of what was carried into `tail` this is still open; gives the files whose positions moved. */
  settle(tail: FileTail, open: OpenEvents): FileTail[] {
    const carry = this.#byLog.get(tail.log);
    if (!carry) return [];
    const isOpen = (event: OpenEvent) =>
      [...open.values()].some((other) => sameEvent(event, other));
    const left = [...carry.events].filter(([, event]) => isOpen(event));
    if (left.length === carry.events.size) return [];
    const files = this.#originsOf(tail.log);
    const before = [...carry.events.values()];
    const events = new Map(left);
    if (events.size > 0) this.#byLog.set(tail.log, { ...carry, events });
    else this.#byLog.delete(tail.log);
    for (const file of files) moveOn(file, { before, left: [...events.values()] });
    return files;
  }

  #originsOf(log: string): FileTail[] {
    const events = [...this.#byLog.get(log)?.events.values() ?? []];
    return [
      ...new Set(events.flatMap(({ origins }) => origins.map(({ file }) => file as FileTail))),
    ];
  }
}

function sameEvent(a: OpenEvent, b: OpenEvent): boolean {
  return a.origins[0] !== undefined && a.origins[0] === b.origins[0];
}

/** The file's position behind everything but what is left of it. */
function moveOn(
  tail: FileTail,
  { before, left }: { before: readonly OpenEvent[]; left: readonly OpenEvent[] },
): void {
  const partsOf = (events: readonly OpenEvent[]): Part[] =>
    events.flatMap(({ origins }) =>
      origins.filter(({ file }) => file === tail).flatMap(({ parts }) => parts)
    );
  const kept = partsOf(left);
  const end = tail.reading.seenTo;
  const offset = Math.min(end, ...kept.map(({ start }) => start));
  const gone = partsOf(before).filter((part) => !kept.includes(part))
    .map(({ start, end }): ByteRange => [start, end]);
  const all = [...tail.reading.position.done ?? [], ...gone].sort(([a], [b]) => a - b);
  const done = together(all).filter(([, to]) => to > offset && offset < end);
  tail.reading.settle(offset, done);
}
