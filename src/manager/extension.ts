/**
 * What can be put into a manager from outside, so that a program built around it (one that misbehaves on purpose, or writes down what
 * arrives) needs no copy of it, and the manager knows nothing of that program.
 *
 * @module
 */

import type { MiddlewareHandler } from "hono";
import type { Clock } from "../shared/clock.ts";
import type { SchemaPart } from "../shared/sqlite/schema.ts";
import type { ApiName } from "./http/routes.ts";
import type { Store } from "./store.ts";

/** Follows the events in the store, in the order of their numbers. */
export interface EventReader {
  /** Told after every commit of events. Returns at once. */
  wake(): void;
  /** Number of the last event that it needs no more: later ones are not removed from the store. */
  readUpTo(): number;
  /** Called once nothing is stored any more. */
  close(): Promise<void>;
}

/** Every part may be missing. */
export interface ManagerExtension {
  /** Tables of its own in the database of the manager. */
  schemaParts?: readonly SchemaPart[];
  /** Runs around every request to `api`, and may throw `ConnectionCut` in place of an answer. */
  middleware?: ((api: ApiName) => MiddlewareHandler) | undefined;
  /** True when its middleware may throw `ConnectionCut`. */
  cutsConnections?: boolean;
  /** Opens a reader of the events, before the first request is answered. */
  openEventReader?(store: Store, clock: Clock): Promise<EventReader | undefined>;
  /** Ends everything of its own that waits: the manager is about to stop. */
  endWaits?(): void;
}
