import { AgentError } from "../../../shared/errors.ts";
import type { Amount } from "../../../shared/protocol/stored_events.ts";
import { pluralize } from "../../../shared/text.ts";

/**
 * Makes sure that all of an import fits beside what is `queued`.
 *
 * @throws {AgentError} `failed`
 */
export function requireRoomFor(
  groups: readonly Amount[],
  { queued, max }: { queued: readonly Amount[]; max: Amount },
): void {
  const all = [...groups, ...queued];
  const events = all.reduce((sum, one) => sum + one.events, 0);
  const bytes = all.reduce((sum, one) => sum + one.bytes, 0);
  if (events <= max.events && bytes <= max.bytes) return;
  const count = pluralize(groups.reduce((sum, one) => sum + one.events, 0), "event");
  throw new AgentError("failed", `The queue has no room for ${count} more: nothing was imported`, {
    hint:
      "import fewer of them, raise queue.max_events or queue.max_bytes, or wait until some of " +
      "the queue has left",
  });
}
