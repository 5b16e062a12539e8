/**
 * Checks of the queue: is it sound, has it room, what became of events. Nothing here changes it.
 *
 * @module
 */

import { durationText, pluralize, sizeText } from "../../../../shared/text.ts";
import { databaseExists } from "../../../queue/database.ts";
import { openQueueReader, verifyQueueOf } from "../../queue/queue_inspection.ts";
import { databasePath } from "../../queue/queue_settings.ts";
import type { DoctorCheck, Finding } from "../check.ts";
import type { DoctorContext } from "../context.ts";

const DAY_MS = 86_400_000;
/** Share of the bounds from which on a queue fills up. */
const FILLING = 0.8;

/** Whether every page, event, batch and account is as it must be. */
export const DATABASE_SOUND: DoctorCheck = {
  id: "database.sound",
  group: "database",
  needs: ["files.data_folder"],
  async run(context): Promise<Finding> {
    const config = await context.config();
    if (!databaseExists(databasePath(config.agent.path.data))) return noQueue();
    const running = await context.running().catch(() => undefined);
    const { checked, defects, defect_count } = verifyQueueOf(config, running === undefined);
    const [first] = defects;
    if (first === undefined) {
      const { events, batches } = checked;
      const held = `${pluralize(events, "event")}, ${pluralize(batches, "batch", "batches")}`;
      return { status: "ok", message: `sound: ${held}` };
    }
    const more = defect_count > 1 ? ` (and ${pluralize(defect_count - 1, "more defect")})` : "";
    return {
      status: "fail",
      message: `the queue is damaged: ${first.where}: ${first.problem}${more}`,
      detail: defects.map(({ where, problem }) => `${where}: ${problem}`),
      try: running === undefined
        ? "agent queue repair keeps all that can be read"
        : "stop the agent, then: agent queue repair keeps all that can be read",
    };
  },
};

function noQueue(): Finding {
  return { status: "skip", message: "there is no queue yet: the first agent run makes it" };
}

/** Whether it has room for what comes. */
export const DATABASE_ROOM: DoctorCheck = {
  id: "database.room",
  group: "database",
  needs: ["database.sound"],
  async run(context): Promise<Finding> {
    const { queue } = await context.config();
    const { streams, database } = await statisticsOf(context);
    const sums = Object.values(streams).map(({ account }) => account.queued);
    const events = sums.reduce((sum, one) => sum + one.events, 0);
    const bytes = sums.reduce((sum, one) => sum + one.bytes, 0);
    const oldest = Math.min(
      ...Object.values(streams).map(({ oldest_ms }) => oldest_ms ?? Infinity),
    );
    const text = `${events} of ${pluralize(queue.max_events, "event")}, ${sizeText(bytes)} of ` +
      sizeText(queue.max_bytes) + ageOf(oldest, context) +
      `; database ${sizeText(database.bytes)}, log ${sizeText(database.log_bytes)}`;
    const used = Math.max(events / queue.max_events, bytes / queue.max_bytes);
    const { full, disk_low } = (await context.running().catch(() => undefined))?.queue ?? {};
    // A disk without room has a check of its own.
    const isFull = used >= 1 || (full === true && disk_low !== true);
    const hint = "it empties once a server takes its events: look at the checks of network and " +
      "server below; for more room raise queue.max_events or queue.max_bytes";
    if (isFull) return { status: "fail", message: `the queue is full: ${text}`, try: hint };
    if (used >= FILLING) return { status: "warn", message: `it fills up: ${text}`, try: hint };
    return { status: "ok", message: text };
  },
};

function ageOf(oldestMs: number, { options: { clock } }: DoctorContext): string {
  if (oldestMs === Infinity) return "";
  return `, the oldest ${durationText(Math.max(0, clock.now() - oldestMs) / 1000)} old`;
}

/** Whether a server refused events for good. */
export const DEAD_LETTERS: DoctorCheck = {
  id: "database.dead_letters",
  group: "database",
  needs: ["database.sound"],
  async run(context): Promise<Finding> {
    const { dead_letters: { events } } = await statisticsOf(context);
    if (events === 0) return { status: "ok", message: "none" };
    return {
      status: "warn",
      message: `${
        pluralize(events, "event was", "events were")
      } refused by the server and set aside`,
      try: "agent dead-letters list says why; then agent dead-letters retry --all, or drop",
    };
  },
};

/** Whether something was lost in the last day. */
export const LOSSES: DoctorCheck = {
  id: "database.losses",
  group: "database",
  needs: ["database.sound"],
  async run(context): Promise<Finding> {
    using reader = openQueueReader(await context.config());
    const rows = [...reader.losses(context.options.clock.now() - DAY_MS)];
    const [newest] = rows.toSorted((a, b) => b.last_at_ms - a.last_at_ms);
    if (newest === undefined) return { status: "ok", message: "nothing was lost in the last day" };
    const events = rows.reduce((sum, one) => sum + one.events, 0);
    if (events === 0) return { status: "ok", message: `nothing was lost: ${newest.reason}` };
    return {
      status: "warn",
      message: `${pluralize(events, "event")} lost in the last day, last because: ${newest.reason}`,
      try: "agent losses says how many, when and why",
    };
  },
};

async function statisticsOf(context: DoctorContext) {
  using reader = openQueueReader(await context.config());
  return reader.statistics();
}
