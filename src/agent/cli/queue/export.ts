/**
 * `agent queue export`: events as lines of JSON.
 *
 * @module
 */

import type { EventQuery } from "../../../shared/protocol/queue_inspection.ts";
import { pluralize } from "../../../shared/text.ts";
import type { CliIo } from "../cli_io.ts";
import { eventLine, membersOf, printLines, redacted, writeLines } from "../event_lines.ts";
import { openReader } from "./open.ts";

/** Options of the command. */
interface ExportOptions extends Pick<EventQuery, "stream" | "module" | "after"> {
  config?: string | undefined;
  since?: number | undefined;
  redact?: RegExp | undefined;
  out?: string | undefined;
}

/** Writes them. */
export async function exportEvents(io: CliIo, options: ExportOptions): Promise<void> {
  const { config, since: sinceMs, redact, out, ...query } = options;
  const { reader } = await openReader(io, config);
  using _open = reader;
  const lines = function* () {
    for (const event of reader.events({ ...query, sinceMs })) {
      const members = membersOf({ stream: event.stream, event: event.event });
      yield eventLine(redacted(event, redact), members);
    }
  };
  if (out === undefined) return printLines(io, lines());
  io.stderr(`${pluralize(writeLines(out, lines()), "event")} written to "${out}"\n`);
}
