/**
 * The stores of one manager.
 *
 * @module
 */

import { join } from "node:path";
import type { Clock } from "../../../shared/clock.ts";
import type { Announcer } from "../../keep_alive/announcement.ts";
import type { Store } from "../../store.ts";
import type { Member } from "../membership.ts";
import type { Stores } from "../stores.ts";
import { FolderFiles } from "./folder_files.ts";
import { SingleMember } from "./single_member.ts";
import { SqliteAgents, SqliteEnrollments } from "./sqlite_agents.ts";
import { SqliteEventFeed } from "./sqlite_event_feed.ts";
import { SqliteEventLog } from "./sqlite_event_log.ts";
import { SqliteOrders, type SqliteOrdersOptions } from "./sqlite_orders.ts";
import { SqliteEndedSessions } from "./sqlite_ended_sessions.ts";
import { SOLE_HOLDER } from "./sole_holder.ts";
import { SqliteRollouts } from "./sqlite_rollouts.ts";
import { SqliteStates } from "./sqlite_states.ts";

/** What {@linkcode sqliteStores} goes by. */
interface SqliteStoresOptions extends Omit<SqliteOrdersOptions, "database" | "memberships"> {
  /** Told what is found of the agents. */
  announcer: Announcer | undefined;
  /** Its files are in a folder of it; without it there are none. */
  dataFolder?: string;
  self: Member;
  clock: Pick<Clock, "now">;
}

/** Everything in one database, and files beside it. */
export function sqliteStores(store: Store, options: SqliteStoresOptions): Stores {
  const { announcer, dataFolder, self, clock } = options;
  const orders = new SqliteOrders({
    ...options,
    database: store.database,
    memberships: store.memberships,
  });
  return {
    agents: new SqliteAgents(store),
    enrollments: new SqliteEnrollments(store),
    events: new SqliteEventLog(store, (...reports) => orders.apply(...reports)),
    batches: {
      newest: (agentId, limit) => Promise.resolve(store.views.batches.newest(agentId, limit)),
    },
    feed: new SqliteEventFeed(store.events),
    orders,
    states: new SqliteStates(store, announcer),
    holding: SOLE_HOLDER,
    ...(dataFolder !== undefined && { files: new FolderFiles(join(dataFolder, "files")) }),
    members: new SingleMember(self),
    rollouts: new SqliteRollouts(store.database),
    endedSessions: new SqliteEndedSessions(store.database, clock),
  };
}
