/**
 * The events, page by page: `GET /manager/events?after=NUMBER`. A page is lines of JSON; whoever has the number of the last line asks
 * for what comes after it, whenever that is.
 *
 * Events that are no longer kept are missing: the header `Events-Missing` says how many after `after`.
 *
 * @module
 */

import type { Hono } from "hono";
import { eventLine, eventsOf, type KeptEvent } from "../events/event_lines.ts";
import type { EventStore } from "../events/event_store.ts";
import { ApiError } from "../http/api_error.ts";
import type { Connection } from "../http/connection.ts";
import { parseLimit, parseNumber, parseParameters } from "../http/paging.ts";
import { ROUTES } from "../http/routes.ts";
import type { Store } from "../store.ts";
import type { Access } from "./access.ts";

const PARAMETERS = ["after", "limit"] as const;
/** A page ends here, with a whole event: what was sent in one request may be 10 MB. */
const MAX_CHARACTERS = 4_000_000;

/** What the route works with. */
export interface EventApiDeps {
  access: Access;
  store: Store;
  /** True when events are kept by this manager, not on a cluster. */
  keepsEvents: boolean;
}

/** Adds the route. */
export function addEventApi(
  app: Hono<{ Bindings: Connection }>,
  { access, store, keepsEvents }: EventApiDeps,
): void {
  app.get(ROUTES.events.path, async (c) => {
    await access.require(c.req.header("Authorization"), "read");
    if (!keepsEvents) {
      throw new ApiError(409, "The events are on the cluster: have a durable consumer there");
    }
    const { after: text, limit } = parseParameters(c.req.queries(), PARAMETERS);
    const after = text === undefined ? 0 : parseNumber("after", text);
    const newest = store.events.total();
    if (after > newest) {
      const why = "after counts the events of another database";
      throw new ApiError(409, `The newest event is number ${newest}: ${why}`);
    }
    const events = pageOf(store.events, { after, limit: parseLimit(limit) });
    return c.body(events.map((event) => `${eventLine(event)}\n`).join(""), 200, {
      "Content-Type": "application/x-ndjson",
      "Events-Missing": String((events[0]?.number ?? after + 1) - after - 1),
    });
  });
}

function pageOf(
  kept: Pick<EventStore, "after">,
  { after, limit }: { after: number; limit: number },
): KeptEvent[] {
  const events: KeptEvent[] = [];
  let characters = 0;
  for (let last = after; events.length < limit && characters < MAX_CHARACTERS;) {
    const group = kept.after(last);
    if (group === undefined) break;
    for (const event of eventsOf(group, last)) {
      if (events.length === limit || characters >= MAX_CHARACTERS) return events;
      events.push(event);
      characters += event.header.length + event.data.length;
    }
    last = group.lastEvent;
  }
  return events;
}
