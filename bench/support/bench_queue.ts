/**
 * A queue as the agent has it: SQLite in a temporary folder on disk.
 *
 * @module
 */

import assert from "node:assert/strict";
import { type Clock, systemClock } from "../../src/shared/clock.ts";
import type { AgentConfig } from "../../src/agent/config/schema.ts";
import { Queue } from "../../src/agent/queue/queue.ts";
import { TempFolder } from "../../tests/support/queues.ts";
import { databasePath, queueOptions } from "../../src/agent/app/queue/queue_settings.ts";

/** What is stored by this clock has waited for an hour. */
const anHourAgo: Clock = { ...systemClock, now: () => systemClock.now() - 3_600_000 };

/** A queue and its folder; both go away with their scope. */
export class BenchQueue implements Disposable {
  readonly queue: Queue;
  readonly #folder = new TempFolder();

  /** With `aged`, what is appended is due at once, however little: it was stored long ago. */
  constructor(config: AgentConfig, { aged = false }: { aged?: boolean } = {}) {
    const clock = aged ? anHourAgo : systemClock;
    const path = databasePath(this.#folder.path);
    this.queue = Queue.open({ ...queueOptions(config, { clock }), path });
  }

  /** Resolves once `count` events from now on are acknowledged and removed. */
  settled(count: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    let left = count;
    const stopListening = this.queue.onSettled(({ batch }) => {
      left -= batch.events;
      if (left > 0) return;
      stopListening();
      resolve();
    });
    return promise;
  }

  /** Throws unless `count` events came, were acknowledged, and nothing else happened. */
  assertDelivered(count: number): void {
    const { taken, acknowledged, queued } = this.queue.account("stateless");
    const figures = [taken.events, acknowledged.events, queued.events];
    assert.deepEqual(figures, [count, count, 0], "taken, acknowledged and queued events");
  }

  [Symbol.dispose](): void {
    this.queue.close();
    this.#folder[Symbol.dispose]();
  }
}
