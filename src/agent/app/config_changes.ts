/**
 * What changes when the configuration is read again: part of it at once, the rest with the next start.
 *
 * @module
 */

import { isDeepStrictEqual } from "node:util";
import type { AgentConfig } from "../config/schema.ts";
import type { ReloadReport } from "../../shared/protocol/local_api.ts";

/** Options that take effect while the agent runs: a whole section, or one option of it. */
const LIVE: readonly string[] = [
  "events",
  "logcollector",
  "commands",
  "active_response",
  "log.level",
  "queue.max_bytes",
  "queue.max_events",
  "queue.on_full",
];

/** The configuration to go on with: `next` where it can change live, `current` elsewhere; and what differs. */
export function mergeLive(
  current: AgentConfig,
  next: AgentConfig,
): { config: AgentConfig; report: ReloadReport } {
  const changed = changedOptions(current, next);
  const applied = changed.filter(isLive);
  const config: AgentConfig = {
    ...current,
    events: next.events,
    logcollector: next.logcollector,
    commands: next.commands,
    active_response: next.active_response,
    log: { ...current.log, level: next.log.level },
    queue: {
      ...current.queue,
      max_bytes: next.queue.max_bytes,
      max_events: next.queue.max_events,
      on_full: next.queue.on_full,
    },
  };
  return { config, report: { applied, needs_restart: changed.filter((path) => !isLive(path)) } };
}

function isLive(path: string): boolean {
  return LIVE.some((live) => path === live || path.startsWith(`${live}.`));
}

/** Paths of the options that differ, such as `events.batch_size`. */
function changedOptions(a: object, b: object, prefix = ""): string[] {
  const keys = new Set([...Object.keys(a), ...Object.keys(b)]);
  return [...keys].flatMap((key) => {
    const [left, right] = [valueOf(a, key), valueOf(b, key)];
    if (isSection(left) && isSection(right)) return changedOptions(left, right, `${prefix}${key}.`);
    return isDeepStrictEqual(left, right) ? [] : [prefix + key];
  });
}

function valueOf(section: object, key: string): unknown {
  return (section as Record<string, unknown>)[key];
}

function isSection(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
