/**
 * Active responses in the local API.
 *
 * @module
 */

import type { Hono } from "hono";
import * as z from "zod";
import { AgentError } from "../../shared/errors.ts";
import type { ResponseSelection, ReversalReport } from "../../shared/protocol/responses.ts";
import { describeIssues } from "../../shared/text.ts";
import { readBody } from "./request_bounds.ts";

const MAX_BODY_BYTES = 1024 * 1024;
const EXAMPLE = '{"keys":["block-ip:1f0c"]} or {"all":true}';

const SELECTION = z.union([
  z.strictObject({ keys: z.array(z.string().max(300)).min(1) }),
  z.strictObject({ all: z.literal(true) }),
], { error: `expected ${EXAMPLE}` });

/** Ends responses by hand. */
export interface ResponseControl {
  revert(selection: ResponseSelection): Promise<ReversalReport[]>;
}

/** Adds the route. */
export function addResponseRoutes(app: Hono, responses: ResponseControl): void {
  app.post("/v1/responses/revert", async (context) => {
    const hint = `send ${EXAMPLE}`;
    const body = await readBody(context.req.raw, { maxBytes: MAX_BODY_BYTES, hint });
    const selection = parseSelection(new TextDecoder().decode(body), hint);
    return context.json({ responses: await responses.revert(selection) });
  });
}

function parseSelection(text: string, hint: string): ResponseSelection {
  const { data, error } = SELECTION.safeParse(jsonOf(text));
  if (data !== undefined) return data;
  throw new AgentError("usage", `Cannot tell which responses: ${describeIssues(error)}`, { hint });
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
