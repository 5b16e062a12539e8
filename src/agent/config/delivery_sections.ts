/**
 * The options of what happens to an event between its source and the server.
 *
 * @module
 */

import * as field from "../../shared/config/fields.ts";

/** The section `queue`. */
export function queueOptions() {
  return {
    max_bytes: field.size({
      default: "1GiB",
      min: "64KiB",
      max: "1TiB",
      live: true,
      shareable: true,
      neverLess: true,
      about:
        "Most bytes of events that wait on disk; the queue is full beyond it. What is read in " +
        "one go, up to half a MiB of a file, is stored whole: a smaller bound is exceeded by that.",
    }),
    max_events: field.count({
      default: 5_000_000,
      min: 1,
      max: 1_000_000_000,
      live: true,
      shareable: true,
      neverLess: true,
      about: "Most events that wait on disk; the queue is full beyond it.",
    }),
    min_free_disk: field.optionalSize({
      min: "1MB",
      max: "1TiB",
      example: "512MB",
      live: true,
      about:
        "Bytes of the disk that stay free: the queue is full before the disk is. Left out, it " +
        "is 5 % of the disk or 512MB, whichever is smaller.",
    }),
    on_full: field.choice(["block", "drop_oldest", "drop_newest"], {
      default: "block",
      live: true,
      about:
        "What a full queue does: block makes the collectors wait and loses nothing; the others " +
        "drop events, and count and report each.",
    }),
    durability: field.choice(["full", "normal"], {
      default: "full",
      about:
        "full has every commit flushed to the disk, so that events survive a power cut; normal " +
        "survives a crash of the agent only, and is faster.",
    }),
    max_dead_letter_bytes: field.size({
      default: "64MiB",
      min: "64KiB",
      max: "1TiB",
      shareable: true,
      neverLess: true,
      about:
        "Most bytes of refused events that are kept; beyond it the oldest are dropped and counted.",
    }),
  };
}

/** The section `events`. */
export function eventsOptions() {
  return {
    batch_interval: field.duration({
      default: "1s",
      min: "10ms",
      max: "1h",
      about: "Longest time an event waits for others to share its request.",
    }),
    batch_size: field.size({
      default: "1MB",
      min: "1KB",
      max: "64MB",
      about:
        "A batch is sent when it has so many bytes. Larger than the server takes is no harm: the agent " +
        "halves the batch and remembers.",
    }),
    batch_events: field.count({
      default: 1_000,
      min: 1,
      max: 100_000,
      about: "A batch is sent when it has so many events.",
    }),
    max_in_flight: field.count({
      default: 8,
      min: 1,
      max: 32,
      about:
        "Most batches of the stateless stream that are on their way at once; fewer while the " +
        "server is slow to answer or refuses. The stateful stream keeps its order and sends one " +
        "at a time.",
    }),
    compression: field.choice(["none", "gzip", "zstd"], {
      default: "none",
      about:
        "Saves network and costs processor time; zstd saves more than gzip for less. A server that " +
        "does not know it is sent the same events uncompressed from then on.",
    }),
  };
}

/** The section `stateful`. */
export function statefulOptions() {
  return {
    schema: field.choice(["6.0", "5.0"], {
      default: "6.0",
      live: false,
      about: "Which documents the server takes; a document with one unknown member is refused.",
    }),
    window: field.count({
      default: 2_000,
      min: 1,
      max: 1_000_000,
      shareable: true,
      about:
        "Most events in the stateful stream before changes of states wait for their turn outside " +
        "of it, so that the result of a command is never behind more than that.",
    }),
    integrity_interval: field.duration({
      default: "24h",
      min: "1m",
      max: "720h",
      shareable: true,
      about:
        "How often the server is asked whether it shows what the machine has; what differs is sent " +
        "again. A server that does not know the question is not asked again for a day.",
    }),
    resync: field.choice(["off", "rolling"], {
      default: "off",
      shareable: true,
      about:
        "What a server gets that does not know the question: nothing, or a part of all documents " +
        "each hour, so that each is sent once a day.",
    }),
  };
}
