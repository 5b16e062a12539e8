/**
 * What an agent's machine has: `GET /manager/agents/ID/state`.
 *
 * @module
 */

import type { Hono } from "hono";
import { ApiError } from "../http/api_error.ts";
import type { Connection } from "../http/connection.ts";
import { parseLimit, parseParameters } from "../http/paging.ts";
import { ROUTES } from "../http/routes.ts";
import type { DocumentPlace, StoredDocument } from "../documents/document_table.ts";
import type { Store } from "../store.ts";
import type { Access } from "./access.ts";

const PARAMETERS = ["module", "collector", "limit", "cursor"] as const;

/** What the route works with. */
interface StateApiDeps {
  access: Access;
  store: Store;
}

/** Adds the route. */
export function addStateApi(
  app: Hono<{ Bindings: Connection }>,
  { access, store }: StateApiDeps,
): void {
  app.get(ROUTES.agentState.path, async (c) => {
    await access.require(c.req.header("Authorization"), "read");
    const agentId = (c.req.param("id") ?? "").toLowerCase();
    if (!store.agents.has(agentId)) throw new ApiError(404, `No agent "${agentId}"`);
    const { limit: asked, cursor, ...filter } = parseParameters(c.req.queries(), PARAMETERS);
    const limit = parseLimit(asked);
    const after = cursor === undefined ? {} : { after: parseDocumentCursor(cursor) };
    const documents = store.documents.list({ agentId, ...filter, ...after, limit: limit + 1 });
    const shown = documents.slice(0, limit);
    return c.json({
      documents: shown.map(documentView),
      counts: store.documents.counts(agentId),
      next_cursor: documents.length > limit ? documentCursor(shown.at(-1)) : null,
    });
  });
}

function documentView({ module, collector, id, updatedAtMs, text }: StoredDocument) {
  const updated_at = new Date(updatedAtMs).toISOString();
  return { module, collector, id, updated_at, data: JSON.parse(text) };
}

/** A place as one word, whatever is in the names. */
export function documentCursor(place: DocumentPlace | undefined): string | null {
  if (place === undefined) return null;
  const { module, collector, id } = place;
  return encodeURIComponent(JSON.stringify([module, collector, id]));
}

export function parseDocumentCursor(text: string): DocumentPlace {
  try {
    const [module, collector, id, ...others] = JSON.parse(decodeURIComponent(text));
    const isPlace = [module, collector, id].every((part) => typeof part === "string");
    if (isPlace && others.length === 0) return { module, collector, id };
  } catch {
    // It is told below what it should be.
  }
  throw new ApiError(400, "cursor is not a next_cursor of an answer");
}
