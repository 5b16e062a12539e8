/**
 * `agent status --files` for people.
 *
 * @module
 */

import type { ModuleFile } from "../../../shared/protocol/part_status.ts";
import { durationText, sizeText } from "../../../shared/text.ts";
import { tableText } from "../table.ts";

const HEADS = ["STATE", "POSITION", "SIZE", "LAG", "BEHIND FOR", "EVENTS/S", "MODULE", "PATH"];

/** A line for each file; below it what is wrong with it. */
export function filesText(files: readonly ModuleFile[]): string {
  if (files.length === 0) return "No file is followed, and none is asked for.\n";
  const table = tableText([HEADS, ...files.map(cellsOf)]);
  const wrong = files.flatMap(({ path, reason, last_error }) =>
    reason ?? (last_error ? `${path}, mended: ${last_error.message} (${last_error.at})` : [])
  );
  return table + tableText(wrong.map((reason) => [`! ${reason}`]));
}

function cellsOf({ module, ...file }: ModuleFile): string[] {
  const { path, state, position_bytes, size_bytes, lag_bytes, lag_s, events_per_s } = file;
  const sizes = [position_bytes, size_bytes, lag_bytes].map((bytes) =>
    bytes === null ? "-" : sizeText(bytes)
  );
  const behind = lag_s === null || lag_bytes === 0 ? "-" : durationText(lag_s);
  const rate = events_per_s === null ? "-" : String(events_per_s);
  return [state.replace("_", " "), ...sizes, behind, rate, module, path];
}
