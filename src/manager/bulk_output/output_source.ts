/**
 * Where the events for an index come from, and where it is written down how far it is: what was sent and is not written down is sent
 * again; the ids and versions of the documents make that harmless.
 *
 * @module
 */

import type { BulkAction } from "./actions.ts";

/** An event that an index refused for good. */
export interface RefusedEvent {
  /** Its number, as lists of events have it. */
  event: number | string;
  reason: string;
}

/** Actions that are settled together. */
export interface Portion {
  actions: BulkAction[];
  /** Writes down that all of them are settled, if only by a refusal. */
  settled(refused: readonly RefusedEvent[]): Promise<void>;
}

/** How far an index is. */
export interface OutputProgress {
  /** Number of the last event that is settled; on a cluster a text. */
  sent_up_to: number | string;
  /** Events that the index refused for good. */
  refused: number;
  /** Events (on a cluster batches) that were removed before the index took them. */
  missed: number;
  /** Events (on a cluster batches) that are not settled yet. */
  waiting: number;
}

/** Gives actions in the order of the events. */
export interface OutputSource {
  /** The next actions, of about so many characters; `undefined` when there is nothing for now. */
  read(characters: number): Promise<Portion | undefined>;
  /** When to look again, in milliseconds, once there was nothing; `undefined` when one is woken. */
  readonly lookAgainMs: number | undefined;
  /** Number of the last event of this manager's database that is needed no more. */
  readUpTo(): number;
  progress(): OutputProgress;
}
