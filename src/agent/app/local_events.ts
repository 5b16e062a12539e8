/**
 * Events that come in through the local API or from the command line: checked, then put into the queue.
 *
 * @module
 */

import type { Stream } from "../../shared/protocol/wire.ts";
import { AgentError } from "../../shared/errors.ts";
import { eventEnds } from "../../shared/protocol/event_boundaries.ts";
import type { Queue } from "../queue/queue.ts";
import type { EventRange } from "../../shared/protocol/stored_events.ts";

/** What is said when `queue.on_full` is a policy that drops; the local API hands it on as it is. */
export const DROPPED = "The queue is full and its policy dropped the events";

/**
 * Stores encoded events; resolves once they are on disk.
 *
 * @throws {AgentError} `usage` when the lines are not encoded events, `not_acknowledged` with {@linkcode DROPPED} when a full queue did not take them
 */
export async function appendLocalEvents(
  queue: Queue,
  { stream, lines, signal }: { stream: Stream; lines: Uint8Array; signal: AbortSignal },
): Promise<EventRange & { stream: Stream }> {
  const events = splitEvents(stream, lines);
  const range = await queue.append({ stream, events }, { signal });
  if (range === undefined) {
    throw new AgentError("not_acknowledged", DROPPED, {
      hint: "agent status shows how full the queue is",
    });
  }
  return { stream, ...range };
}

/** The events in `lines`, one text each, after a look at every line. */
function splitEvents(stream: Stream, lines: Uint8Array): string[] {
  const text = decode(lines);
  if (!text.startsWith("\n") || text.length < 2) {
    throw new AgentError("usage", "Body has no events");
  }
  text.slice(1).split("\n").forEach((line, index) => checkLine(line, index + 1));
  const decoder = new TextDecoder();
  let start = 0;
  return eventEnds(stream, lines).map((end) => {
    const event = decoder.decode(lines.subarray(start, end));
    start = end;
    return event;
  });
}

function decode(lines: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(lines);
  } catch {
    throw new AgentError("usage", "Body is not UTF-8");
  }
}

function checkLine(line: string, number: number): void {
  try {
    if (typeof JSON.parse(line) === "object") return;
  } catch {
    // Said below, as for any line that is not an object.
  }
  throw new AgentError("usage", `Line ${number} is not a JSON object`);
}
