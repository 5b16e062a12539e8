/**
 * Dead letters in the local API.
 *
 * @module
 */

import type { Hono } from "hono";
import * as z from "zod";
import { AgentError } from "../../shared/errors.ts";
import type {
  LetterChange,
  LetterOrder,
  LetterSelection,
} from "../../shared/protocol/queue_inspection.ts";
import { describeIssues } from "../../shared/text.ts";
import { readBody } from "./request_bounds.ts";

/** Has an order on dead letters carried out, wholly or not at all. */
export type LetterControl = (
  order: LetterOrder,
  selection: LetterSelection,
) => Promise<LetterChange>;

const MAX_BODY_BYTES = 1024 * 1024;

const SELECTION = z.union([
  z.strictObject({ ids: z.array(z.int().min(1)).min(1) }),
  z.strictObject({ reason: z.string().min(1) }),
  z.strictObject({ all: z.literal(true) }),
], { error: 'expected {"ids":[1]}, {"reason":"TEXT"} or {"all":true}' });

/** Adds the routes. */
export function addLetterRoutes(app: Hono, order: LetterControl): void {
  app.post("/v1/dead-letters/:order{retry|drop}", async (context) => {
    const body = await readBody(context.req.raw, {
      maxBytes: MAX_BODY_BYTES,
      hint: "name the dead letters in several requests",
    });
    const selection = parseSelection(new TextDecoder().decode(body));
    return context.json(await order(context.req.param("order") as LetterOrder, selection));
  });
}

function parseSelection(text: string): LetterSelection {
  const { data, error } = SELECTION.safeParse(jsonOf(text));
  if (data !== undefined) return data;
  throw new AgentError("usage", `Cannot tell which dead letters: ${describeIssues(error)}`, {
    hint: 'send {"ids":[1]}, {"reason":"TEXT"} or {"all":true}',
  });
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
