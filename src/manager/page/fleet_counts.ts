/**
 * The counts that stand on every view, each of which counts a list: the figures of `GET /manager/stats`.
 *
 * @module
 */

import { ROUTES } from "../http/routes.ts";
import { AGENT_STATES, type AgentState } from "../keep_alive/announcement.ts";
import type { KeepAlive } from "../keep_alive/keep_alive.ts";
import { link } from "./format.ts";
import { STATE_NAMES } from "./parts.tsx";

/** Who was not heard of for so long is perhaps no more. */
const LONG_SILENCE_DAYS = 30;
const DAY_MS = 86_400_000;

/** How many agents there are. */
export interface FleetCounts {
  byState: Record<AgentState, number>;
  /** Not heard of for {@linkcode LONG_SILENCE_DAYS} days, but once. */
  silent: number;
  cloned: number;
}

/** One of the counts and where its list is. */
interface CountLink {
  label: string;
  value: number;
  href: string;
  kind: string;
}

/** The counts now. */
export function fleetCounts({ views, clones }: KeepAlive, nowMs: number): FleetCounts {
  return {
    byState: views.counts(),
    silent: views.count({ silentSinceMs: nowMs - LONG_SILENCE_DAYS * DAY_MS }),
    cloned: clones.all().length,
  };
}

/** How many agents there are in all. */
export function totalOf({ byState }: FleetCounts): number {
  return Object.values(byState).reduce((sum, count) => sum + count, 0);
}

/** The states, also those that no agent is in. */
export function stateLinks({ byState }: FleetCounts): CountLink[] {
  return AGENT_STATES.map((state) => ({
    label: STATE_NAMES[state],
    value: byState[state],
    href: link(ROUTES.pageFleet.path, { status: state }),
    kind: state,
  }));
}

/** What is counted beside the states; these agents are in one of them too. */
export function otherLinks({ silent, cloned }: FleetCounts): CountLink[] {
  const fleet = ROUTES.pageFleet.path;
  return [
    {
      label: `Silent ${LONG_SILENCE_DAYS} days`,
      value: silent,
      href: link(fleet, { silent_days: LONG_SILENCE_DAYS }),
      kind: "silent",
    },
    { label: "Cloned", value: cloned, href: link(fleet, { cloned: "true" }), kind: "cloned" },
  ];
}
