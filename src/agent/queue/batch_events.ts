/**
 * The single events of a batch: where each begins, and which of them stay when the batch is settled.
 *
 * @module
 */

import { eventEnds } from "../../shared/protocol/event_boundaries.ts";
import type { RepeatedEvent } from "../../shared/protocol/exchange.ts";
import type { Amount, EventRange } from "../../shared/protocol/stored_events.ts";
import { pluralize } from "../../shared/text.ts";
import type { Batch, Loss } from "./types.ts";
import type { Stream } from "../../shared/protocol/wire.ts";

/** Events that follow each other, and their lines. */
export interface KeptEvents extends EventRange, Amount {
  lines: Uint8Array;
}

const decoder = new TextDecoder();
const encoder = new TextEncoder();

/** The lines of each event, in order. */
export function splitEvents(stream: Stream, lines: Uint8Array): Uint8Array[] {
  let start = 0;
  return eventEnds(stream, lines).map((end) => {
    const event = lines.subarray(start, end);
    start = end;
    return event;
  });
}

/** The events that are sent `again`, with the operation they have from now on, joined where they follow each other. */
export function keptEvents(
  events: readonly Uint8Array[],
  firstEvent: number,
  again: readonly RepeatedEvent[],
): KeptEvents[] {
  const kept: KeptEvents[] = [];
  for (const { index, operation } of [...again].sort((a, b) => a.index - b.index)) {
    const event = events[index];
    // A server may name an index that the batch does not have.
    if (event === undefined) continue;
    const lines = operation === undefined ? event : withOperation(event, operation);
    const number = firstEvent + index;
    const last = kept.at(-1);
    // One row for a run of events: a row for each would make the next claim slow.
    if (last?.last_event === number - 1) kept[kept.length - 1] = joined(last, lines);
    else {kept.push({
        first_event: number,
        last_event: number,
        events: 1,
        bytes: lines.length,
        lines,
      });}
  }
  return kept;
}

/** The numbers of `whole` that are not among `kept`, in order. */
export function rangesWithout(whole: EventRange, kept: readonly EventRange[]): EventRange[] {
  const ranges: EventRange[] = [];
  let next = whole.first_event;
  for (const { first_event, last_event } of kept) {
    if (first_event > next) ranges.push({ first_event: next, last_event: first_event - 1 });
    next = last_event + 1;
  }
  if (next <= whole.last_event) ranges.push({ first_event: next, last_event: whole.last_event });
  return ranges;
}

/** Whether a range holds an event. */
export function covers({ first_event, last_event }: EventRange, event: number): boolean {
  return event >= first_event && event <= last_event;
}

/** A note for the ledger: whether a batch of the earlier identity had been received nobody can say any more. */
export function doubleOf({ id, stream, events }: Batch): Loss {
  const reason = "perhaps received twice: sent again under a new identity";
  return {
    stream,
    events: 0,
    bytes: 0,
    reason,
    detail: `batch ${id}, ${pluralize(events, "event")}`,
  };
}

function joined(kept: KeptEvents, lines: Uint8Array): KeptEvents {
  const both = new Uint8Array(kept.lines.length + lines.length);
  both.set(kept.lines);
  both.set(lines, kept.lines.length);
  const { first_event, last_event, events } = kept;
  return {
    first_event,
    last_event: last_event + 1,
    events: events + 1,
    bytes: both.length,
    lines: both,
  };
}

/** The same event with another operation in its header: no other byte of it changes. */
function withOperation(event: Uint8Array, operation: string): Uint8Array {
  // Every line begins with a newline, so that the first piece is empty.
  const [, header = "", ...data] = decoder.decode(event).split("\n");
  const changed = JSON.stringify({ ...JSON.parse(header), operation });
  return encoder.encode(["", changed, ...data].join("\n"));
}
