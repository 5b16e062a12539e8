import { isObject } from "./answer.ts";
import type { RefusedEvent } from "../../shared/protocol/exchange.ts";
import { oneLine } from "../../shared/text.ts";

/**
 * The events that an answer `{"results":[{"index","id","result","status"}…]}` calls refused: those
 * whose status is outside 200–206.
 *
 * There is one entry per event, in order. The member `index` is the name of a database index and
 * not a position.
 */
export function refusedEvents(body: unknown): RefusedEvent[] {
  if (!isObject(body) || !Array.isArray(body.results)) return [];
  return body.results.flatMap((entry: unknown, index) => {
    const status = isObject(entry) ? entry.status : undefined;
    if (!isObject(entry) || typeof status !== "number") return [];
    if (status >= 200 && status <= 206) return [];
    return [{ index, status, reason: reasonOf(entry.result) }];
  });
}

function reasonOf(result: unknown): string {
  if (result === undefined) return "refused";
  return oneLine(typeof result === "string" ? result : JSON.stringify(result));
}
