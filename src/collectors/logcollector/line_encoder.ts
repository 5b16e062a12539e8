/**
 * Turns lines of one file into encoded events.
 *
 * Everything of an event but its line is the same for a whole block, so it is put together once and
 * only the line is serialised: the bytes are those of `encodeStateless`.
 *
 * @module
 */

import { encodeStateless } from "../../comms/event_encoder.ts";

/** Lines as the splitter gives them. */
export interface CutLines {
  lines: readonly string[];
  /** Positions of the lines that were cut, rising. */
  cut: readonly number[];
}

/**
 * Encodes lines read from `path` at `created` (ISO 8601, UTC); those that were cut carry a flag.
 */
export function encodeLines(
  { lines, cut }: CutLines,
  { path, created }: { path: string; created: string },
): string[] {
  const [before, after] = frame({ created, file: { file: { path } } });
  const events = lines.map((line) => before + JSON.stringify(line) + after);
  if (cut.length === 0) return events;
  const [, afterCut] = frame({ created, file: { file: { path }, flags: ["truncated"] } });
  for (const index of cut) events[index] = before + JSON.stringify(lines[index]) + afterCut;
  return events;
}

/** What stands before and after the line in an encoded event. */
function frame({ created, file }: { created: string; file: object }): [string, string] {
  const header = { module: "logcollector", collector: "file" };
  const event = encodeStateless(header, { event: { original: "", created }, log: file });
  const mark = `"original":`;
  const start = event.indexOf(mark) + mark.length;
  return [event.slice(0, start), event.slice(start + `""`.length)];
}
