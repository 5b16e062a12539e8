/**
 * What has to be done once a second while the agent runs: tell of losses, give disk space and memory back, watch the disk.
 *
 * @module
 */

import { getLogger } from "@logtape/logtape";
import type { Clock } from "../../../shared/clock.ts";
import { messageOf } from "../../../shared/errors.ts";
import type { Queue } from "../../queue/queue.ts";
import { STREAMS } from "../../queue/types.ts";
import { DiskWatch } from "./disk_watch.ts";
import { IdleMemory } from "./idle_memory.ts";
import { encodeLossNotice, isNote } from "../queue/loss_notice.ts";

/** How often everything is done, in milliseconds. */
const INTERVAL_MS = 1_000;

/** How long disk space is given back at a time, in milliseconds; others have their turn between the steps. */
const GIVE_BACK_MS = 1_000;

/** What {@linkcode Housekeeping} needs. */
interface HousekeepingDeps {
  queue: Queue;
  clock: Clock;
  /** Done with the rest, each time. */
  also: readonly (() => unknown)[];
  /** Rises with work that is not seen by events. @default there is none */
  otherWork?: () => number;
  /** @default memory of this process */
  memory?: IdleMemory;
}

/** Runs until it is told to stop. What cannot be written is logged and tried again: it is not worth the agent's end. */
export class Housekeeping {
  readonly #deps: HousekeepingDeps;
  readonly #memory: IdleMemory;
  readonly #disk = new DiskWatch();
  readonly #log = getLogger(["agent"]);

  constructor(deps: HousekeepingDeps) {
    this.#deps = deps;
    this.#memory = deps.memory ?? new IdleMemory();
  }

  /** Resolves when the signal is aborted. */
  async run(signal: AbortSignal): Promise<void> {
    const { queue, clock, also, otherWork = () => 0 } = this.#deps;
    while (!signal.aborted) {
      // One after the other: each is short, and none has to mind another.
      for (const task of also) await task();
      this.#memory.observe(workDone(queue) + otherWork(), clock.monotonic());
      queue.checkDisk();
      this.#disk.observe(queue.disk);
      await this.#announceLosses();
      await this.#giveSpaceBack(signal);
      await clock.sleep(INTERVAL_MS, signal).catch(() => {});
    }
  }

  async #announceLosses(): Promise<void> {
    const { queue } = this.#deps;
    try {
      for (const loss of await queue.announceLosses(encodeLossNotice)) {
        const { reason, events, bytes, stream, detail } = loss;
        const ever = queue.account(stream).dropped.events;
        const properties = { reason, stream, events, bytes, detail, ever };
        if (isNote(loss)) this.#log.warn("No event was lost: {reason}", properties);
        else this.#log.error("Events were lost: {reason}", properties);
      }
    } catch (error) {
      this.#log.error("Cannot announce losses: {reason}", { reason: messageOf(error) });
    }
  }

  async #giveSpaceBack(signal: AbortSignal): Promise<void> {
    const { queue, clock } = this.#deps;
    const until = clock.monotonic() + GIVE_BACK_MS;
    try {
      while (!signal.aborted && await queue.giveSpaceBack()) {
        // The rest comes in the next second: collectors and deliveries need the database too.
        if (clock.monotonic() > until) return;
      }
    } catch (error) {
      this.#log.warn("Cannot give disk space back: {reason}", { reason: messageOf(error) });
    }
  }
}

/** Rises with each event that is collected and with each that is delivered. */
function workDone(queue: Queue): number {
  return STREAMS.reduce((sum, stream) => {
    const { taken, acknowledged } = queue.account(stream);
    return sum + taken.events + acknowledged.events;
  }, 0);
}
