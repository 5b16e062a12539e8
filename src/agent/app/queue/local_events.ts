/**
 * Events that come in through the local API or from the command line: put into the queue.
 *
 * @module
 */

import { AgentError } from "../../../shared/errors.ts";
import type { EventSpan } from "../../../shared/protocol/stored_events.ts";
import type { Stream } from "../../../shared/protocol/wire.ts";
import type { Queue } from "../../queue/queue.ts";

/** Reason in the loss ledger, which notes that events may be sent twice. */
const IMPORTED = "events imported by an operator";

/**
 * Stores encoded events; resolves once they are on disk.
 *
 * @throws {AgentError} `not_acknowledged` when a full queue whose policy is to drop did not take them
 */
export async function appendLocalEvents(
  queue: Queue,
  { stream, events, signal, importedFrom }: {
    stream: Stream;
    events: readonly string[];
    signal: AbortSignal;
    /** The file that they come from; the ledger then says so. */
    importedFrom?: string | undefined;
  },
): Promise<EventSpan> {
  const note = { events: 0, bytes: 0, reason: IMPORTED, detail: importedFrom ?? "" };
  const losses = importedFrom === undefined ? [] : [note];
  const range = await queue.append({ stream, events, losses }, { signal });
  if (range === undefined) {
    throw new AgentError(
      "not_acknowledged",
      "The queue is full and its policy dropped the events",
      { hint: "agent status shows how full the queue is" },
    );
  }
  return { stream, ...range };
}
