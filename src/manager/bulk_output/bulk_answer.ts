/**
 * What became of the actions of a request, by the answer to it.
 *
 * @module
 */

import * as z from "zod";
import type { BulkAction } from "./actions.ts";

/** `done`: it is there, or a newer one is; `again`: a passing fault; `refused`: it never will be. */
export type Outcome = { kind: "done" } | { kind: "again" | "refused"; reason: string };

/** What became of a request: outcomes in the order of its actions, or why all of it is to be sent again. */
export type BulkAnswer =
  | { kind: "items"; outcomes: Outcome[] }
  | { kind: "too large" }
  | { kind: "again"; why: string; afterMs?: number };

const ITEM = z.object({
  status: z.number(),
  error: z.union([z.string(), z.object({ type: z.string(), reason: z.string().nullish() })])
    .optional(),
});
const ANSWER = z.object({ items: z.array(z.record(z.string(), ITEM)) });

const MAX_REASON = 500;
/** A longer wait is a mistake, and one beyond 24 days no timer holds. */
const LONGEST_RETRY_AFTER_S = 3_600;

/** Reads the answer to `actions`. */
export async function readAnswer(
  answer: Response,
  actions: readonly BulkAction[],
): Promise<BulkAnswer> {
  const text = await answer.text();
  if (answer.status === 413) return { kind: "too large" };
  if (!answer.ok) return refusal(answer, text);
  const items = parse(text)?.items;
  if (items === undefined || items.length !== actions.length) {
    return { kind: "again", why: "the answer does not tell what became of each event" };
  }
  const outcomes = items.map((item, index) => outcomeOf(item, actions[index]));
  return { kind: "items", outcomes };
}

function refusal({ status, headers }: Response, text: string): BulkAnswer {
  const seconds = Math.min(LONGEST_RETRY_AFTER_S, Number(headers.get("Retry-After") ?? NaN));
  const why = `status ${status}: ${text.slice(0, MAX_REASON)}`;
  // Whatever refuses a whole request is about the way there, not about an event.
  return { kind: "again", why, ...(seconds > 0 && { afterMs: seconds * 1_000 }) };
}

function outcomeOf(
  item: Record<string, z.infer<typeof ITEM>>,
  action: BulkAction | undefined,
): Outcome {
  const result = action && item[action.kind];
  if (result === undefined) return { kind: "again", reason: "no status" };
  const { status, error } = result;
  if (status >= 200 && status < 300) return { kind: "done" };
  // It is there already, or what is there is newer.
  if (status === 409) return { kind: "done" };
  if (status === 404 && action?.kind === "delete") return { kind: "done" };
  const reason = error === undefined ? `status ${status}` : `${status} ${textOf(error)}`;
  const kind = isAboutTheEvent(status) ? "refused" : "again";
  return { kind, reason: reason.slice(0, MAX_REASON) };
}

/** An index that is full or closed to the manager says 403 of each event, and takes them later. */
function isAboutTheEvent(status: number): boolean {
  return status >= 400 && status < 500 && ![401, 403, 408, 429].includes(status);
}

function textOf(error: z.infer<typeof ITEM>["error"]): string {
  if (typeof error !== "object") return error ?? "";
  return `${error.type}: ${error.reason ?? ""}`;
}

function parse(text: string): z.infer<typeof ANSWER> | undefined {
  try {
    return ANSWER.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
