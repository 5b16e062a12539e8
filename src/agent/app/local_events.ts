/**
 * Events that come in through the local API or from the command line: put into the queue.
 *
 * @module
 */

import { AgentError } from "../../shared/errors.ts";
import type { EventSpan } from "../../shared/protocol/stored_events.ts";
import type { Stream } from "../../shared/protocol/wire.ts";
import type { Queue } from "../queue/queue.ts";

/**
 * Stores encoded events; resolves once they are on disk.
 *
 * @throws {AgentError} `not_acknowledged` when a full queue whose policy is to drop did not take them
 */
export async function appendLocalEvents(
  queue: Queue,
  { stream, events, signal }: { stream: Stream; events: readonly string[]; signal: AbortSignal },
): Promise<EventSpan> {
  const range = await queue.append({ stream, events }, { signal });
  if (range === undefined) {
    throw new AgentError(
      "not_acknowledged",
      "The queue is full and its policy dropped the events",
      { hint: "agent status shows how full the queue is" },
    );
  }
  return { stream, ...range };
}
