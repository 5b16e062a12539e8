/**
 * `agent queue stat`: how much is queued, since when, from where.
 *
 * @module
 */

import type {
  QueueStatistics,
  StreamStatistics,
} from "../../../shared/protocol/queue_inspection.ts";
import { pluralize, visible } from "../../../shared/text.ts";
import type { AgentConfig } from "../../config/schema.ts";
import type { CliIo } from "../cli_io.ts";
import { timeText } from "../since.ts";
import { tableText } from "../table.ts";
import { openReader, type QueueCommandOptions } from "./open.ts";

type Limits = Pick<AgentConfig["queue"], "max_events" | "max_bytes" | "max_dead_letter_bytes">;

/** Prints it. */
export async function stat(io: CliIo, options: QueueCommandOptions): Promise<void> {
  const { config, reader } = await openReader(io, options.config);
  using _open = reader;
  const { max_events, max_bytes, max_dead_letter_bytes } = config.queue;
  const limits = { max_events, max_bytes, max_dead_letter_bytes };
  const statistics = reader.statistics();
  io.stdout(
    options.json
      ? `${JSON.stringify(documentOf(statistics, limits))}\n`
      : textOf(statistics, limits),
  );
}

function documentOf(
  { streams, ...rest }: QueueStatistics,
  limits: Limits,
): Record<string, unknown> {
  const { stateless, stateful } = streams;
  return {
    schema: 1,
    streams: { stateless: streamDocument(stateless), stateful: streamDocument(stateful) },
    limits,
    ...rest,
  };
}

function streamDocument({ oldest_ms, newest_ms, batches, ...rest }: StreamStatistics) {
  return {
    ...rest,
    oldest_at: isoOrNull(oldest_ms),
    newest_at: isoOrNull(newest_ms),
    batches: batches.map(({ created_ms, ...batch }) => ({
      ...batch,
      created_at: isoOrNull(created_ms),
    })),
  };
}

function isoOrNull(wallMs: number | null): string | null {
  return wallMs === null ? null : new Date(wallMs).toISOString();
}

function textOf({ streams, database, dead_letters, losses }: QueueStatistics, limits: Limits) {
  const { bytes, log_bytes, free_bytes } = database;
  return tableText([
    ...Object.entries(streams).flatMap(([name, stream]) => streamRows(name, stream)),
    ["database", `${bytes} bytes, ${free_bytes} of them free; write-ahead log ${log_bytes} bytes`],
    ["limits", `${limits.max_events} events, ${limits.max_bytes} bytes`],
    [
      "dead letters",
      `${pluralize(dead_letters.letters, "letter")} with ${amount(dead_letters)}, ` +
      `at most ${limits.max_dead_letter_bytes} bytes are kept`,
    ],
    ["losses", `${pluralize(losses.entries, "entry", "entries")} of ${amount(losses)}`],
  ]);
}

function streamRows(name: string, stream: StreamStatistics): string[][] {
  const { account, oldest_ms, newest_ms, batches, sources, sampled } = stream;
  const since = oldest_ms === null || newest_ms === null
    ? ""
    : `, stored ${timeText(oldest_ms)} to ${timeText(newest_ms)}`;
  const { taken, acknowledged, dead_lettered, dropped } = account;
  return [
    [name, `${amount(account.queued)} queued${since}`],
    [
      "  ever",
      `${taken.events} taken, ${acknowledged.events} acknowledged, ` +
      `${dead_lettered.events} dead letters, ${dropped.events} dropped`,
    ],
    ...batches.map(({ id, first_event, last_event, events, bytes, created_ms }) => [
      "  batch",
      `${id}: ${first_event} to ${last_event}, ${amount({ events, bytes })}, ` +
      `made ${timeText(created_ms)}`,
    ]),
    ...sources.map(({ module, collector, events }) => [
      "  from",
      `${visible(module)}${collector === null ? "" : `/${visible(collector)}`}: ` +
      `${sampled ? "about " : ""}${events}`,
    ]),
  ];
}

function amount({ events, bytes }: { events: number; bytes: number }): string {
  return `${pluralize(events, "event")} (${bytes} bytes)`;
}
