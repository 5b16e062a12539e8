/**
 * `agent dead-letters export`.
 *
 * @module
 */

import { pluralize } from "../../../shared/text.ts";
import type { CliIo } from "../cli_io.ts";
import { eventLine, membersOf, printLines, writeLines } from "../event_lines.ts";
import { openReader } from "../queue/open.ts";

/** Options of the command. */
interface ExportOptions {
  config?: string | undefined;
  out?: string | undefined;
}

/** Writes the events of all letters, each with what the server said. */
export async function exportLetters(io: CliIo, { config, out }: ExportOptions): Promise<void> {
  const { reader } = await openReader(io, config);
  using _open = reader;
  const lines = function* () {
    for (const letter of reader.letters()) {
      const { id, batch_id, stream, status, reason } = letter;
      const members = membersOf({ letter: id, batch_id, stream, status, reason });
      for (const event of reader.letterEvents(letter)) yield eventLine(event, members);
    }
  };
  if (out === undefined) return printLines(io, lines());
  io.stderr(`${pluralize(writeLines(out, lines()), "event")} written to "${out}"\n`);
}
