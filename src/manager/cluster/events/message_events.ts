/**
 * The events of a message: a batch, as `jetstream_event_log.ts` stores it.
 *
 * @module
 */

import type { JsMsg } from "@nats-io/jetstream";
import type { Stream } from "../../../shared/protocol/wire.ts";
import type { KeptEvent } from "../../events/event_lines.ts";

/** Its events in order, none for a message without a payload; `number` is the place of each in it, from 1 on. */
export function eventsIn({ data, headers }: Pick<JsMsg, "data" | "headers">): KeptEvent[] {
  if (data.length === 0) return [];
  const batch = headers?.get("Batch") ?? "";
  const common = {
    receivedAtMs: Number(headers?.get("At")),
    agentId: headers?.get("Agent") ?? "",
    stream: headers?.get("Stream") as Stream,
    batchId: batch === "" ? null : decodeURIComponent(batch),
  };
  const texts = new TextDecoder().decode(data).split("\n");
  const events: KeptEvent[] = [];
  for (let index = 0; index < texts.length; index += 2) {
    const [header = "", text = ""] = [texts[index], texts[index + 1]];
    events.push({ ...common, number: index / 2 + 1, header, data: text });
  }
  return events;
}
