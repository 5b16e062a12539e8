/**
 * Having the agent replaced by another version, through the local API.
 *
 * @module
 */

import type { Hono } from "hono";
import * as z from "zod";
import { AgentError } from "../../shared/errors.ts";
import { describeIssues } from "../../shared/text.ts";
import type { UpgradeReply, UpgradeRequest } from "../../shared/protocol/local_api.ts";
import { readBody } from "./request_bounds.ts";

/** What the routes need of the agent. */
export interface UpgradeControl {
  order(request: UpgradeRequest, signal: AbortSignal): Promise<UpgradeReply>;
  /** The version before, if none is named. */
  goBack(version: string | undefined, signal: AbortSignal): Promise<UpgradeReply>;
}

const MAX_BODY_BYTES = 16_384;
const version = z.string().min(1).max(100).optional();
const REQUEST = z.strictObject({
  version,
  file: z.string().min(1).max(4_096).optional(),
  force: z.boolean().optional(),
  dry_run: z.boolean().optional(),
});
const RETURN = z.strictObject({ version });

/** Adds the routes. */
export function addUpgradeRoutes(app: Hono, upgrades: UpgradeControl): void {
  app.post("/v1/upgrade", async (context) => {
    const { raw } = context.req;
    return context.json(await upgrades.order(await bodyOf(raw, REQUEST), raw.signal));
  });
  app.post("/v1/upgrade/rollback", async (context) => {
    const { raw } = context.req;
    const { version } = await bodyOf(raw, RETURN);
    return context.json(await upgrades.goBack(version, raw.signal));
  });
}

async function bodyOf<T>(request: Request, schema: z.ZodType<T>): Promise<T> {
  const hint = 'send a JSON object such as {"version":"1.4.0"}, or {}';
  const body = await readBody(request, { maxBytes: MAX_BODY_BYTES, hint });
  const parsed = schema.safeParse(jsonIn(new TextDecoder().decode(body)));
  if (parsed.success) return parsed.data;
  const message = `Cannot tell what is wanted: ${describeIssues(parsed.error)}`;
  throw new AgentError("usage", message, { hint });
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
