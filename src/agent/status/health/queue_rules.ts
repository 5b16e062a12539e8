/**
 * Whether the queue has room, on the disk and in its bounds, and whether events end as they should.
 *
 * @module
 */

import type { HealthReason } from "../../../shared/protocol/health.ts";
import { pluralize, sizeText } from "../../../shared/text.ts";
import { isRecent, levelOfLasting, type Rule, type StatusFacts } from "./rule.ts";

/** So many events in a row, none taken between them, are no accident of one event. */
const REFUSED_IN_ROW = 10;

const LETTERS_HINT = "agent dead-letters list says why; when that is mended, send them again: " +
  "agent dead-letters retry --all";

const deadLetters: Rule = (facts, context) =>
  Object.entries(facts.streams).flatMap(([stream, report]): HealthReason[] => {
    const { dead_lettered_in_row: inRow, last_dead_lettered_at: lastAt } = report;
    const found = { subject: stream, hint: LETTERS_HINT };
    if (inRow >= REFUSED_IN_ROW) {
      const message = `The server refused the last ${inRow} ${stream} events, one after the other`;
      const since = report.dead_lettered_in_row_since;
      return [{ ...found, code: "all_dead_lettered", level: "failing", message, since }];
    }
    if (!isRecent(lastAt, context)) return [];
    const message = `The server refused ${stream} events, and they were set aside`;
    return [{ ...found, code: "dead_letters", level: "degraded", message, since: lastAt }];
  });

const keptLetters: Rule = ({ queue: { kept_dead_letters: kept } }) => {
  if (kept === 0) return [];
  return [{
    code: "dead_letters",
    level: "note",
    subject: null,
    message: `${pluralize(kept, "refused event is", "refused events are")} kept aside`,
    since: null,
    hint: LETTERS_HINT,
  }];
};

const eventsLost: Rule = ({ streams }, context) =>
  Object.entries(streams).flatMap(([stream, { last_dropped_at: since }]): HealthReason[] => {
    if (!isRecent(since, context)) return [];
    const message = `${stream === "stateless" ? "Stateless" : "Stateful"} events were lost`;
    const hint = "agent losses says how many, when and why";
    return [{ code: "events_lost", level: "degraded", subject: stream, message, since, hint }];
  });

const queueUnreadable: Rule = ({ queue: { unreadable } }) => {
  if (unreadable === null) return [];
  return [{
    code: "queue_unreadable",
    level: "failing",
    subject: null,
    message: unreadable.reason,
    since: null,
    hint: unreadable.hint ?? "agent doctor says more",
  }];
};

const queueFull: Rule = (facts, context) => {
  const { full_since, disk_low } = facts.queue;
  if (full_since === null || disk_low) return [];
  return [{
    code: "queue_full",
    level: levelOfLasting(full_since, context),
    subject: null,
    message: `The queue is full (${used(facts)}): what is collected has to wait`,
    since: full_since,
    hint: roomHint(facts),
  }];
};

const queueFilling: Rule = (facts, { options: { queue_used } }) => {
  const { full_since, max_events, max_bytes } = facts.queue;
  const { events, bytes } = queued(facts);
  const percent = Math.floor(100 * Math.max(events / max_events, bytes / max_bytes));
  if (full_since !== null || percent < queue_used) return [];
  return [{
    code: "queue_filling",
    level: "degraded",
    subject: null,
    message: `The queue is ${percent} % full (${used(facts)})`,
    since: null,
    hint: roomHint(facts),
  }];
};

function roomHint({ running, state }: StatusFacts): string {
  const drains = !running || state.name !== "connected"
    ? "it empties once the server takes events; "
    : "the server takes events more slowly than they come; ";
  return `${drains}for more room raise queue.max_events or queue.max_bytes, then: agent reload`;
}

function used(facts: StatusFacts): string {
  const { max_events, max_bytes } = facts.queue;
  const { events, bytes } = queued(facts);
  return `${events} of ${pluralize(max_events, "event")}, ${sizeText(bytes)} of ` +
    sizeText(max_bytes);
}

function queued({ streams }: StatusFacts): { events: number; bytes: number } {
  const reports = Object.values(streams);
  return {
    events: reports.reduce((sum, { queued_events }) => sum + queued_events, 0),
    bytes: reports.reduce((sum, { queued_bytes }) => sum + queued_bytes, 0),
  };
}

const diskFull: Rule = (facts) => {
  if (!facts.queue.disk_low) return [];
  return [{
    code: "disk_full",
    level: "failing",
    subject: facts.data_folder,
    message: `The disk is nearly full: no events are taken in${diskText(facts)}`,
    since: facts.queue.disk_low_since,
    hint: diskHint(facts),
  }];
};

const diskFilling: Rule = (facts, { options: { disk_headroom } }) => {
  const { disk_low, disk_free_bytes: free, disk_min_free_bytes: least } = facts.queue;
  if (disk_low || free === null || least === null || free >= disk_headroom * least) return [];
  return [{
    code: "disk_filling",
    level: "degraded",
    subject: facts.data_folder,
    message: `The disk fills up${diskText(facts)}`,
    since: null,
    hint: diskHint(facts),
  }];
};

function diskText({ queue: { disk_free_bytes: free, disk_min_free_bytes: least } }: StatusFacts) {
  if (free === null || least === null) return "";
  return ` (${sizeText(Math.max(0, free))} free, ${sizeText(least)} have to stay free)`;
}

function diskHint({ data_folder }: StatusFacts): string {
  return `free some space: df -h ${data_folder} shows the disk; queue.min_free_disk says what stays free`;
}

/** See {@linkcode Rule}. */
export const QUEUE_RULES: readonly Rule[] = [
  queueUnreadable,
  diskFull,
  queueFull,
  deadLetters,
  eventsLost,
  queueFilling,
  diskFilling,
  keptLetters,
];
