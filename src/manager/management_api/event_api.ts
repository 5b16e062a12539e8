/**
 * The events, page by page: `GET /manager/events?after=NUMBER`. A page is lines of JSON; whoever has the number of the last line asks
 * for what comes after it, whenever that is, and on a cluster at whichever manager.
 *
 * Events that are no longer kept are missing: the header `Events-Missing` says how many after `after`, and on a cluster
 * `Batches-Missing` how many batches of them.
 *
 * @module
 */

import type { Hono } from "hono";
import type { Connection } from "../http/connection.ts";
import { parseLimit, parseParameters } from "../http/paging.ts";
import { ROUTES } from "../http/routes.ts";
import type { EventPage } from "../stores/event_feed.ts";
import type { Stores } from "../stores/stores.ts";
import type { Access } from "./access.ts";

const PARAMETERS = ["after", "limit"] as const;
const MISSING: Readonly<Record<EventPage["missing"]["of"], string>> = {
  events: "Events-Missing",
  batches: "Batches-Missing",
};

/** What the route works with. */
export interface EventApiDeps {
  access: Access;
  stores: Stores;
}

/** Adds the route. */
export function addEventApi(
  app: Hono<{ Bindings: Connection }>,
  { access, stores }: EventApiDeps,
): void {
  app.get(ROUTES.events.path, async (c) => {
    await access.require(c.req.header("Authorization"), "read");
    const { after, limit } = parseParameters(c.req.queries(), PARAMETERS);
    const { text, missing } = await stores.feed.page(after, parseLimit(limit));
    return c.body(text, 200, {
      "Content-Type": "application/x-ndjson",
      [MISSING[missing.of]]: String(missing.count),
    });
  });
}
