import type { StartOutcome } from "../../../shared/protocol/exchange.ts";
import { type Answer, isObject, jsonOf } from "./answer.ts";

/** What a `StartAnswer` says. One about something else tells nothing. */
export function readStart(answer: Answer, documentId: string): StartOutcome {
  const body = jsonOf(answer);
  if (!isObject(body) || body.document_id !== documentId) return { kind: "retry" };
  if (body.granted === false) return { kind: "refused" };
  if (body.granted !== true) return { kind: "retry" };
  const seconds = body.time_left;
  return { kind: "granted", timeLeftMs: typeof seconds === "number" ? seconds * 1_000 : Infinity };
}
