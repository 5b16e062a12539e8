/**
 * The dispatchers of both streams, as the configuration says it.
 *
 * @module
 */

import type { Clock } from "../../../shared/clock.ts";
import { CommsClient } from "../../comms/comms_client.ts";
import type { Stream } from "../../../shared/protocol/wire.ts";
import type { AgentConfig } from "../../config/schema.ts";
import { CompressionTrial } from "../../dispatch/compression_trial.ts";
import { Dispatcher } from "../../dispatch/dispatcher.ts";
import { encodedSend } from "../../dispatch/encoded_send.ts";
import { type BatchShape, QueueBatchSource } from "../../queue/batch_source.ts";
import type { Queue } from "../../queue/queue.ts";
import type { Batch } from "../../queue/types.ts";
import type { AgentLineSource } from "../agent_line.ts";
import type { EventRange } from "../../../shared/protocol/stored_events.ts";

import type { DispatchPolicy } from "../../dispatch/types.ts";
import { createBackoff } from "./server_link.ts";

/** What a stream's dispatcher is built with. */
interface DispatcherParts {
  queue: Queue;
  client: CommsClient;
  agentLine: AgentLineSource;
  clock: Clock;
  /** Only these events. @default all */
  within?: EventRange;
}

/** Builds the dispatcher of a stream; `config` gives the options in force. */
export function createDispatcher(
  stream: Stream,
  config: () => AgentConfig,
  parts: DispatcherParts,
): Dispatcher<Batch> {
  const { client, agentLine, clock } = parts;
  const compression = new CompressionTrial();
  return new Dispatcher(stream, () => policyOf(stream, config()), {
    source: new QueueBatchSource(parts.queue, () => batchShape(config(), parts, compression)),
    send: encodedSend<Batch>(
      stream,
      (of, request, context) => client.postEvents(of, request, context),
    ),
    retryWaits: createBackoff(config()),
    clock,
    compression,
    askFate: (id, signal) => client.batchFate(id, signal),
    probe: (signal) => {
      const body = new TextEncoder().encode(agentLine.text());
      return client.postEvents(stream, { body, encoding: "identity", events: 0 }, { signal });
    },
  });
}

/** The stateful stream keeps the order of its events: one batch in flight. */
function policyOf(stream: Stream, { events }: AgentConfig): DispatchPolicy {
  return {
    batchEvents: events.batch_events,
    batchBytes: events.batch_size,
    batchIntervalMs: events.batch_interval,
    maxInFlight: stream === "stateful" ? 1 : events.max_in_flight,
  };
}

function batchShape(
  { events }: AgentConfig,
  { agentLine, within }: DispatcherParts,
  compression: CompressionTrial,
): BatchShape {
  return {
    limits: { max_events: events.batch_events, max_bytes: events.batch_size },
    encoding: compression.encoding(events.compression === "none" ? "identity" : events.compression),
    agentLine: () => agentLine.text(),
    ...(within && { within }),
  };
}
