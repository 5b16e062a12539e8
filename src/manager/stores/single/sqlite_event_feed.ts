/**
 * The events of one manager, by their numbers.
 *
 * @module
 */

import { ConflictingRequest } from "../../conflicting_request.ts";
import { eventLine, eventsOf, type KeptEvent } from "../../events/event_lines.ts";
import type { EventStore } from "../../events/event_store.ts";
import { InvalidRequest } from "../../invalid_request.ts";
import { type EventFeed, type EventPage, MAX_PAGE_CHARACTERS } from "../event_feed.ts";

/** Reads them. */
export class SqliteEventFeed implements EventFeed {
  readonly #events: Pick<EventStore, "after" | "total">;

  constructor(events: Pick<EventStore, "after" | "total">) {
    this.#events = events;
  }

  // deno-lint-ignore require-await
  async page(text: string | undefined, limit: number): Promise<EventPage> {
    const after = numberIn(text ?? "0");
    const newest = this.#events.total();
    if (after > newest) {
      const why = "after counts the events of another database";
      throw new ConflictingRequest(`The newest event is number ${newest}: ${why}`);
    }
    const events = this.#read(after, limit);
    return {
      text: events.map((event) => `${eventLine(event)}\n`).join(""),
      missing: { count: (events[0]?.number ?? after + 1) - after - 1, of: "events" },
    };
  }

  #read(after: number, limit: number): KeptEvent[] {
    const events: KeptEvent[] = [];
    let characters = 0;
    for (let last = after; events.length < limit && characters < MAX_PAGE_CHARACTERS;) {
      const group = this.#events.after(last);
      if (group === undefined) break;
      for (const event of eventsOf(group, last)) {
        if (events.length === limit || characters >= MAX_PAGE_CHARACTERS) return events;
        events.push(event);
        characters += event.header.length + event.data.length;
      }
      last = group.lastEvent;
    }
    return events;
  }
}

function numberIn(text: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new InvalidRequest("after is not a whole number");
}
