/**
 * What a collector is, and all it may know of the rest of the agent.
 *
 * A collector turns something outside (a file, a journal, an inventory) into encoded events and
 * hands them to a sink. It knows neither the queue nor the network.
 *
 * @module
 */

import type { DatabaseSync } from "node:sqlite";
import type { FollowedFile, ModuleProblem, Progress } from "../../shared/protocol/part_status.ts";
import type { CollectedGroup } from "../../shared/protocol/stored_events.ts";

/** What becomes durable together or not at all. */
export interface SinkGroup extends CollectedGroup {
  /**
   * Changes the collector's own tables in the same transaction. It must change nothing but the database: after a rollback it is run
   * again. It is run also when a full queue drops the events.
   */
  write?: (database: DatabaseSync) => void;
}

/** Where a collector's events go. */
export interface EventSink {
  /**
   * Resolves once the whole group is on disk. While the queue is full and pushes back it waits.
   *
   * @throws the signal's reason when aborted before the group was taken; the group is then not
   * stored at all
   */
  append(group: SinkGroup, signal: AbortSignal): Promise<void>;
  /** The checkpoints that this collector has committed so far: key to value. */
  checkpoints(): Map<string, string>;
}

/** What `agent status` shows of a collector beside what the runner knows. */
export interface CollectorReport {
  /** Counters and gauges by name, such as `{ files: 3, lines_cut: 0 }`. */
  details: Record<string, number>;
  /** The latest thing that went wrong and has not been mended, in one line. */
  lastError?: string;
  /** What keeps it from some of its work and has not been mended. */
  problems?: readonly ModuleProblem[];
  /** When it scans next by itself: wall clock, milliseconds. */
  nextScanAtMs?: number;
}

/** One source of events. Constructors do nothing; everything happens in {@linkcode run}. */
export interface Collector {
  /**
   * Collects until the signal is aborted, then resolves with nothing half-done. Rejects when it
   * cannot go on; it is then run again after a while.
   */
  run(signal: AbortSignal): Promise<void>;
  /**
   * Goes on with what `previous` holds open: made by the same module with other options, its run has ended. Called before
   * {@linkcode run}.
   */
  takeOver?(previous: Collector): void;
  /**
   * Called once, when it will not run again and nobody takes over: lets go of what it holds open, as well as that can be done until
   * the signal is aborted.
   */
  close?(signal: AbortSignal): Promise<void>;
  /** How it stands now. Cheap: called at every `agent status`. */
  report(): CollectorReport;
  /** The files that it follows, and those that it should and cannot. Left out by what follows none. */
  files?(): FollowedFile[];
  /**
   * Whether it gets on; cheap, called once a second while it runs. A collector that tells is rebuilt when it should get on and does not.
   * What the queue holds up it need not know of.
   */
  progress?(): Progress;
  /**
   * Looks at everything now instead of at its time, or only at what `collector` keeps, which is one of those that the module declares
   * in its states; resolves when that is done. Left out by what has nothing to scan.
   *
   * @throws the signal's reason when aborted
   */
  scan?(signal: AbortSignal, collector?: string): Promise<void>;
}
