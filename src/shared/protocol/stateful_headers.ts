/**
 * Which states a request is about: read from its lines, where they stand behind line 1.
 *
 * @module
 */

import { eventEnds } from "./event_boundaries.ts";
import type { StatefulHeader } from "./wire.ts";

/** What an answer about single events is matched by. */
export type SentState = Pick<StatefulHeader, "id" | "operation">;

const NEWLINE = 0x0a;
const decoder = new TextDecoder();

/** The headers of the stateful events in a request's uncompressed `body`, in order. */
export function sentStates(body: Uint8Array): SentState[] {
  const start = body.indexOf(NEWLINE);
  if (start === -1) return [];
  const lines = body.subarray(start);
  let from = 0;
  return eventEnds("stateful", lines).map((end) => {
    const header = headerAt(lines.subarray(from, end));
    from = end;
    return header;
  });
}

function headerAt(event: Uint8Array): SentState {
  const end = event.indexOf(NEWLINE, 1);
  const { id, operation } = JSON.parse(
    decoder.decode(event.subarray(1, end === -1 ? undefined : end)),
  );
  return { id, operation };
}
