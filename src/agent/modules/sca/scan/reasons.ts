/**
 * What is told of what was seen: short, without secrets, and to a server nothing of what files and commands say.
 *
 * @module
 */

import { CommandMask, DEFAULT_MASKS } from "../../../platform/command_mask.ts";
import type { CheckOutcome, RuleTrace } from "../evaluate/evaluate_check.ts";

const MAX_REASON = 256;
/** So much of a reason is the rule, that there is room for what was seen. */
const MAX_RULE = 120;
/** Hashes of passwords, as crypt(3) writes them; digests and keys as long texts of hexadecimal or base64 signs. */
const HASHES = [
  String.raw`(\$[0-9a-z]{1,8}\$)[^\s:]{8,}`,
  String.raw`(\b[a-z_]*(?:key|hash|salt)[a-z_]*\s*[=:]\s*)\S{8,}`,
  String.raw`((?:^|[\s:="'])(?=\S*\d)[0-9a-z+/]{4})[0-9a-z+/]{28,}={0,2}`,
];
/** What was seen begins with the path of the file that says it, unless a command did. */
const FOLDER = /^(?:\/[^\s/:]+)*\//;
const MASK = new CommandMask([...DEFAULT_MASKS, ...HASHES]);

/** An outcome as it may be told. */
export function shownOutcome(
  { result, traces, deciding, reason }: CheckOutcome,
  { isRemote }: { isRemote: boolean },
): CheckOutcome {
  const shown = traces.map((trace) => ({ ...trace, seen: seenOf(trace, isRemote) }));
  const rule = deciding === undefined ? undefined : shown[deciding];
  const told = rule === undefined
    ? reason
    : `${cut(rule.text, MAX_RULE)}: ${reason === null ? "" : `${reason}: `}${rule.seen}`;
  return {
    result,
    traces: shown,
    ...(deciding !== undefined && { deciding }),
    reason: told === null ? null : cut(told, MAX_REASON),
  };
}

function seenOf({ verdict, seen, isContent }: RuleTrace, isRemote: boolean): string {
  if (isRemote && isContent) return `what was seen is not told to the server (${verdict})`;
  const oneLine = seen.replace(/[\s\p{Cc}]+/gu, " ").trim();
  return cut(isContent ? masked(oneLine) : oneLine, MAX_REASON);
}

/** Without secrets. The folder that a file lies in is none, long as it may be; its name tells what stands in the file. */
function masked(seen: string): string {
  const folder = FOLDER.exec(seen)?.[0] ?? "";
  const rest = seen.slice(folder.length, folder.length + 4 * MAX_REASON);
  return folder + MASK.hide([rest]).join(" ");
}

function cut(text: string, most: number): string {
  const characters = [...text];
  return characters.length <= most ? text : `${characters.slice(0, most - 1).join("")}…`;
}
