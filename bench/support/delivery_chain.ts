/**
 * Collector, queue and dispatcher put together as in the agent, in this process, to time whatever
 * part of the way a suite is about.
 *
 * @module
 */

import type { AgentLineSource } from "../../src/agent/app/agent_line.ts";
import { systemClock } from "../../src/shared/clock.ts";
import type { EventSink } from "../../src/agent/modules/collector.ts";
import { Logcollector } from "../../src/agent/modules/logcollector/logcollector.ts";
import { countEvents } from "../../src/shared/protocol/encoded_events.ts";
import type { CommsClient } from "../../src/agent/comms/comms_client.ts";
import type { AgentConfig } from "../../src/agent/config/schema.ts";
import { QueueEventSink } from "../../src/agent/queue/event_sink.ts";
import type { Queue } from "../../src/agent/queue/queue.ts";
import { createDispatcher } from "../../src/agent/app/server/dispatchers.ts";

/** Something that works until it is told to stop. */
export interface Running {
  stop(): Promise<void>;
}

/** Where batches go. */
export interface Destination {
  client: CommsClient;
  agentLine: AgentLineSource;
}

/** Starts the dispatcher of the stateless stream. */
export function startDispatcher(
  config: AgentConfig,
  queue: Queue,
  { client, agentLine }: Destination,
): Running {
  const parts = { queue, client, agentLine, clock: systemClock };
  const dispatcher = createDispatcher("stateless", () => config, parts);
  return running((signal) => dispatcher.run(signal));
}

/**
 * Starts a collector that follows the log at `path` from its beginning. `taken` resolves once
 * `count` of its events are on disk.
 */
export function startLogcollector(
  config: AgentConfig,
  queue: Queue,
  { path, count }: { path: string; count: number },
): Running & { taken: Promise<void> } {
  const localfiles = [{ location: path, exclude: [] }];
  const { sink, taken } = countingSink(new QueueEventSink(queue, "logcollector"), count);
  const collector = new Logcollector({
    localfiles,
    startAt: "beginning",
    readIntervalMs: config.logcollector.read_interval,
    reloadIntervalMs: config.logcollector.reload_interval,
  }, { sink, clock: systemClock });
  return { ...running((signal) => collector.run(signal)), taken };
}

function countingSink(sink: EventSink, count: number): { sink: EventSink; taken: Promise<void> } {
  const { promise: taken, resolve } = Promise.withResolvers<void>();
  let left = count;
  return {
    taken,
    sink: {
      checkpoints: () => sink.checkpoints(),
      async append(group, signal) {
        await sink.append(group, signal);
        left -= countEvents(group.events);
        if (left <= 0) resolve();
      },
    },
  };
}

function running(run: (signal: AbortSignal) => Promise<void>): Running {
  const stop = new AbortController();
  const ended = run(stop.signal);
  return {
    async stop() {
      stop.abort();
      await ended;
    },
  };
}
