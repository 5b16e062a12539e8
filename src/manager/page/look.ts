/**
 * What a look at the manager sees, and what is told of it to browsers.
 *
 * @module
 */

import type { Clock } from "../../shared/clock.ts";
import type { OrderViews } from "../commands/order_views.ts";
import type { FlowMeter, FlowSecond } from "../events/flow_meter.ts";
import type { KeepAlive } from "../keep_alive/keep_alive.ts";
import { standing } from "./counts_bar.tsx";
import { type FleetCounts, fleetCounts } from "./fleet_counts.ts";
import { serverSentEvent } from "./streams.ts";

/** What a look works with. */
interface LookDeps {
  clock: Clock;
  keepAlive: KeepAlive;
  commands: { views: OrderViews };
  flow: FlowMeter;
  /** What keeps the manager from a part of its work, now, each in one line. */
  troubles(): string[];
}

/** What was seen. */
export interface Seen {
  atMs: number;
  counts: FleetCounts;
  troubles: string[];
  /** Another one when the list of agents may be another. */
  agents: string;
  /** Another one when orders have changed. */
  orders: string;
  /** Since the look before. */
  seconds: FlowSecond[];
}

/** Gives a function that looks. */
export function looking(
  { clock, keepAlive, commands, flow, troubles }: LookDeps,
): () => Seen {
  let lastAtMs = -Infinity;
  return () => {
    const atMs = clock.now();
    const counts = fleetCounts(keepAlive, atMs);
    const seconds = flow.seconds(Math.max(lastAtMs, atMs - 60_000));
    lastAtMs = seconds.at(-1)?.atMs ?? lastAtMs;
    return {
      atMs,
      counts,
      troubles: troubles(),
      agents: JSON.stringify([counts, keepAlive.changes]),
      orders: JSON.stringify(commands.views.totals()),
      seconds,
    };
  };
}

/**
 * The events of a look: `tick` always, with the seconds since the one before; `agents` and `orders` when these have changed; and
 * what stands on every view, without a name, when that has.
 */
export function tell(seen: Seen, before: Seen | undefined): string {
  const { atMs, seconds, counts, troubles } = seen;
  const isNew = (of: (seen: Seen) => string) => before === undefined || of(seen) !== of(before);
  const events = [serverSentEvent(JSON.stringify({ at: atMs, seconds }), "tick")];
  if (isNew((one) => JSON.stringify([one.counts, one.troubles]))) {
    events.push(serverSentEvent(standing({ counts, troubles })));
  }
  if (before !== undefined) {
    if (isNew(({ agents }) => agents)) events.push(serverSentEvent("", "agents"));
    if (isNew(({ orders }) => orders)) events.push(serverSentEvent("", "orders"));
  }
  return events.join("");
}
