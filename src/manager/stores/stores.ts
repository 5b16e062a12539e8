/**
 * All that the manager keeps, as the parts that ask for it see it: one manager keeps it in its database, several on a cluster.
 *
 * @module
 */

import type { Agents, Enrollments } from "./agents.ts";
import type { Batches } from "./batches.ts";
import type { EndedSessions } from "./ended_sessions.ts";
import type { EventFeed } from "./event_feed.ts";
import type { EventLog } from "./event_log.ts";
import type { Files } from "./files.ts";
import type { Membership } from "./membership.ts";
import type { Orders } from "./orders.ts";
import type { RolloutStore } from "./rollouts.ts";
import type { Holding, States } from "./states.ts";

/** The stores. */
export interface Stores {
  agents: Agents;
  enrollments: Enrollments;
  events: EventLog;
  batches: Batches;
  feed: EventFeed;
  orders: Orders;
  states: States;
  holding: Holding;
  /** Missing when the manager keeps no files. */
  files?: Files;
  members: Membership;
  rollouts: RolloutStore;
  endedSessions: EndedSessions;
}
