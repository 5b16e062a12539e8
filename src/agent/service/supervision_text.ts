import { oneLine, pluralize } from "../../shared/text.ts";
import type { StatusDocument } from "../../shared/protocol/status_document.ts";

/** What `systemctl status` shows of a running agent: its health with the first reason, and how much waits. */
export function supervisionText({ health, streams }: StatusDocument): string {
  const queued = Object.values(streams).reduce((sum, { queued_events }) => sum + queued_events, 0);
  const [first] = health.name === "healthy" ? [] : health.reasons;
  const why = first === undefined ? "" : `: ${first.message}`;
  return oneLine(`${health.name}${why}; ${pluralize(queued, "event")} queued`);
}
