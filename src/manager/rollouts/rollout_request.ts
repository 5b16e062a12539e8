/**
 * The body of a request for a rollout.
 *
 * @module
 */

import * as z from "zod";
import semver from "../../shared/releases/semver.ts";
import { describeIssues } from "../../shared/text.ts";
import { InvalidRequest } from "../invalid_request.ts";
import { parseShare } from "./wave_plan.ts";

const MOST_WAVES = 20;
const MOST_GROUPS = 100;
const MOST_AGENTS = 100_000;
const LONGEST_TIMEOUT_S = 30 * 86_400;

const share = z.string().refine((text) => parseShare(text) !== undefined, {
  error: "is not a share such as 10%, up to 100%",
});

const REQUEST = z.strictObject({
  version: z.string().max(100).refine((text) => semver.valid(text) === text, {
    error: "is not a version such as 1.4.0",
  }),
  groups: z.array(z.string().min(1).max(256)).min(1).max(MOST_GROUPS).optional(),
  agents: z.array(z.uuid().toLowerCase()).min(1).max(MOST_AGENTS).optional(),
  waves: z.array(z.union([z.int().min(1), share], { error: "is no number, and no share" })).min(1)
    .max(MOST_WAVES).default([1, "10%", "100%"]),
  stop_when_failed: z.union([share, z.number().min(0).lt(1).transform(shareText)], {
    error: "is not a share such as 10%, or 0.1",
  }).default("5%"),
  retry: z.boolean().default(false),
  timeout: z.int().min(1).max(LONGEST_TIMEOUT_S).default(3_600),
}).refine(({ groups, agents }) => (groups === undefined) !== (agents === undefined), {
  error: "groups or agents are needed, and not both",
});

function shareText(part: number): string {
  return `${Number((part * 100).toFixed(3))}%`;
}

/** What is asked for. */
export type RolloutRequest = z.output<typeof REQUEST>;

/** @throws InvalidRequest naming the member at fault */
export function parseRolloutRequest(body: unknown): RolloutRequest {
  const { data, error } = REQUEST.safeParse(body);
  if (data !== undefined) return data;
  throw new InvalidRequest(describeIssues(error));
}
