/**
 * `agent dead-letters list`.
 *
 * @module
 */

import type { LetterSummary } from "../../../shared/protocol/queue_inspection.ts";
import { oneLine } from "../../../shared/text.ts";
import type { CliIo } from "../cli_io.ts";
import { openReader, type QueueCommandOptions } from "../queue/open.ts";
import { timeText } from "../since.ts";
import { tableText } from "../table.ts";
import { letterDocument } from "./letter_document.ts";

const HEADS = ["NUMBER", "AT", "STREAM", "EVENTS", "BYTES", "STATUS", "REASON"];

/** Prints them. */
export async function listLetters(io: CliIo, options: QueueCommandOptions): Promise<void> {
  const { reader } = await openReader(io, options.config);
  using _open = reader;
  const letters = [...reader.letters()];
  const document = { schema: 1, letters: letters.map(letterDocument) };
  io.stdout(options.json ? `${JSON.stringify(document)}\n` : textOf(letters));
}

function textOf(letters: readonly LetterSummary[]): string {
  if (letters.length === 0) return "There are no dead letters.\n";
  return tableText([HEADS, ...letters.map(cellsOf)]);
}

function cellsOf({ id, at_ms, stream, events, bytes, status, reason }: LetterSummary): string[] {
  const numbers = [events, bytes, status].map(String);
  return [String(id), timeText(at_ms), stream, ...numbers, oneLine(reason)];
}
