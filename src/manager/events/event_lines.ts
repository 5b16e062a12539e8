/**
 * Stored events one by one, as a line of JSON each: what `GET /manager/events` answers, what is exported, and what goes into an index.
 *
 *     {"number":7,"received_at":"…","agent_id":"…","stream":"stateless","batch_id":"…","header":{…},"data":{…}}
 *
 * `number` counts all events ever stored here, without a gap, or is a text that says a place on a cluster; `data` is null for a delete, `batch_id` for a request without an
 * idempotency key.
 *
 * @module
 */

import type { Stream } from "../../shared/protocol/wire.ts";
import type { EventGroup } from "./event_table.ts";

/** An event as it is kept: header and data are the texts that were received. */
export interface KeptEvent {
  number: number;
  /** Milliseconds since 1970. */
  receivedAtMs: number;
  agentId: string;
  stream: Stream;
  batchId: string | null;
  header: string;
  /** Empty for a delete. */
  data: string;
}

/** The events of a group that come after number `after`. */
export function eventsOf(group: EventGroup, after: number): KeptEvent[] {
  const { lines, lastEvent, receivedAtMs, agentId, stream, batchId } = group;
  const texts = lines.split("\n");
  const first = lastEvent - texts.length / 2 + 1;
  const events: KeptEvent[] = [];
  for (let index = Math.max(0, after - first + 1) * 2; index < texts.length; index += 2) {
    const [header = "", data = ""] = [texts[index], texts[index + 1]];
    const number = first + index / 2;
    events.push({ number, receivedAtMs, agentId, stream, batchId, header, data });
  }
  return events;
}

/** An event as a line, without its end. Header and data are put in as they were received: each is JSON. */
export function eventLine(
  event: Omit<KeptEvent, "number"> & { number: number | string },
): string {
  const { number, receivedAtMs, agentId, stream, batchId, header, data } = event;
  const head = JSON.stringify({
    number,
    received_at: new Date(receivedAtMs).toISOString(),
    agent_id: agentId,
    stream,
    batch_id: batchId,
  });
  return `${head.slice(0, -1)},"header":${header},"data":${data === "" ? "null" : data}}`;
}
