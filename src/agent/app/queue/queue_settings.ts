/**
 * The queue as the configuration says it: where it is, how durable, how large.
 *
 * @module
 */

import { join } from "node:path";
import type { Clock } from "../../../shared/clock.ts";
import type { AgentConfig } from "../../config/schema.ts";
import { databaseParts } from "./database_parts.ts";
import type { Module } from "../../modules/module.ts";
import { MODULES } from "../../modules/modules.ts";
import type { QueueLimits, QueueOptions } from "../../queue/queue_options.ts";

/** What the queue in the data folder is opened with. */
export function queueOptions(
  { agent, queue, events }: AgentConfig,
  { clock, modules = MODULES, ...hooks }: {
    clock: Clock;
    /** Those whose tables are in the database. @default those of the registry */
    modules?: readonly Module[];
  } & Pick<QueueOptions, "onDamage" | "onMended" | "onAnswered">,
): QueueOptions {
  return {
    path: databasePath(agent.path.data),
    durability: queue.durability,
    maxDeadLetterBytes: queue.max_dead_letter_bytes,
    now: () => clock.now(),
    parts: databaseParts(modules),
    ...queueLimits({ queue, events }),
    ...hooks,
  };
}

/** The part of the queue's options that can change while it is open. */
export function queueLimits({ queue, events }: Pick<AgentConfig, "queue" | "events">): QueueLimits {
  return {
    max: { events: queue.max_events, bytes: queue.max_bytes },
    onFull: queue.on_full,
    ...(queue.min_free_disk !== undefined && { minFreeDiskBytes: queue.min_free_disk }),
    chunkLimits: { max_events: events.batch_events, max_bytes: events.batch_size },
  };
}

/** Path of the queue's database in a data folder. */
export function databasePath(dataFolder: string): string {
  return join(dataFolder, "agent.db");
}
