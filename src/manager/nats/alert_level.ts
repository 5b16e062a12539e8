/**
 * How bad a change of an agent's state is.
 *
 * | the agent is now                       | level                                             |
 * | -------------------------------------- | ------------------------------------------------- |
 * | active, pending, never connected       | 0: nothing to be alarmed at                       |
 * | stopped (it said so)                   | 3                                                 |
 * | disconnected                           | 7, and 1 for each missed keep-alive beyond the    |
 * |                                        | first, 3 at most                                  |
 *
 * An identity that several machines use is 10, whatever its state.
 *
 * To a level above 0 are added 1 when the agent was flapping, and 4 when it is in a critical group.
 *
 * @module
 */

import type { AgentState, StatusChange } from "../keep_alive/announcement.ts";

/** The highest level there is: disconnected, many missed, flapping, in a critical group. */
export const HIGHEST_ALERT_LEVEL = 15;

const BASE: Readonly<Record<AgentState, number>> = {
  active: 0,
  pending: 0,
  never_connected: 0,
  stopped: 3,
  disconnected: 7,
};
const MOST_FOR_MISSED = 3;
const FOR_CLONED = 10;
const FOR_FLAPPING = 1;
const FOR_CRITICAL_GROUP = 4;

/** The level of a change, from 0 to {@linkcode HIGHEST_ALERT_LEVEL}. */
export function alertLevel(
  { current, reason, groups, missedKeepAlives }: StatusChange,
  criticalGroups: ReadonlySet<string>,
): number {
  if (reason === "clone_mended") return 0;
  const base = reason === "cloned_identity" ? FOR_CLONED : BASE[current];
  if (base === 0) return 0;
  const missed = current === "disconnected"
    ? Math.min(Math.max(missedKeepAlives - 1, 0), MOST_FOR_MISSED)
    : 0;
  const flapping = reason === "flapping" ? FOR_FLAPPING : 0;
  const critical = groups.some((group) => criticalGroups.has(group)) ? FOR_CRITICAL_GROUP : 0;
  return base + missed + flapping + critical;
}
