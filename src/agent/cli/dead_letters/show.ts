/**
 * `agent dead-letters show`.
 *
 * @module
 */

import { AgentError } from "../../../shared/errors.ts";
import { oneLine } from "../../../shared/text.ts";
import type { CliIo } from "../cli_io.ts";
import { eventLine, eventText, membersOf, printLines } from "../event_lines.ts";
import { openReader, type QueueCommandOptions } from "../queue/open.ts";
import { timeText } from "../since.ts";
import { letterDocument } from "./letter_document.ts";

/**
 * Prints a letter and its events.
 *
 * @throws {AgentError} `failed` when there is no such letter
 */
export async function showLetter(
  io: CliIo,
  number: number,
  options: QueueCommandOptions,
): Promise<void> {
  const { reader } = await openReader(io, options.config);
  using _open = reader;
  const letter = reader.letter(number);
  if (letter === undefined) throw noLetter(number);
  const events = reader.letterEvents(letter);
  if (options.json) {
    const lines = events.map((event) => eventLine(event, membersOf({ event: event.event })));
    const head = JSON.stringify({ schema: 1, ...letterDocument(letter) }).slice(0, -1);
    io.stdout(
      `${head},"event_list":[${lines.map((line) => line.trimEnd()).toArray().join(",")}]}\n`,
    );
    return;
  }
  const { stream, batch_id, at_ms, status, reason } = letter;
  io.stdout(`${timeText(at_ms)}  ${stream}, batch ${batch_id}\n${status}: ${oneLine(reason)}\n`);
  printLines(io, events.map(eventText));
}

/** The error for a letter that is not there. */
function noLetter(number: number): AgentError {
  return new AgentError("failed", `There is no dead letter ${number}`, {
    hint: "agent dead-letters list",
  });
}
