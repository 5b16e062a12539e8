/**
 * What a configuration is made of before it is checked: values with the place each was given at,
 * and problems with theirs.
 *
 * No text in here ever holds the content of an environment variable: what came from one is shown as
 * `${NAME}`.
 *
 * @module
 */

import { AgentError } from "../errors.ts";
import { visible } from "../text.ts";

/** Where a value comes from. Lines and columns count from 1. */
export type Place =
  | { source: "default" }
  | { source: "file"; file: string; line: number; column: number }
  /** A file that the server has for a group, such as `web.yml`. */
  | { source: "shared"; file: string; line: number; column: number }
  /** An order that is kept, such as `disable-module` of the server; `at` and `until` are ISO 8601. */
  | { source: "command"; action: string; at: string; until?: string }
  | { source: "environment"; variable: string }
  | { source: "flag"; flag: string };

/** Keys and indexes below an option's value, such as `[0, "location"]`. */
export type SubPath = readonly PropertyKey[];

/** A value that was given for an option, not checked yet. */
export interface Given {
  /** Path of the option. */
  path: string;
  value: unknown;
  place: Place;
  /**
   * The value, or the part of it at `subPath`, as it was written and quoted; `undefined` when there
   * is none.
   */
  shown(subPath: SubPath): string | undefined;
  /** Where the part at `subPath` was written, or where its key was. */
  placeOf(subPath: SubPath, what: "key" | "value"): Place;
}

/** Something wrong with a configuration, in one line without its place. */
export interface Problem {
  /** Path of the option or key that it is about; empty for the file as a whole. */
  path: string;
  place: Place;
  text: string;
}

/** `file:line:column`, the variable's or the flag's name. */
export function placeText(place: Place): string {
  switch (place.source) {
    case "default":
      return "default";
    case "file":
      return `${place.file}:${place.line}:${place.column}`;
    case "shared":
      return `group ${place.file}:${place.line}:${place.column}`;
    case "command":
      return `command ${place.action} of ${place.at}`;
    case "environment":
      return `environment ${place.variable}`;
    case "flag":
      return place.flag;
  }
}

/** Up to the last `@` of a word: whoever forgets to encode an `@` or `/` of a password has a password all the same. */
const USER_IN_URL = /\/\/[^\s"']*@/g;
/** The same where the scheme was forgotten; a drive of Windows is no user. */
const USER_WITHOUT_SCHEME = /(^|[\s"',(=])[^\s"',(=/:@]+:(?![\\/])[^\s"']*@/g;

/** Text without the user and password of a URL in it. */
export function withoutUser(text: string): string {
  return text.replace(USER_IN_URL, "//[redacted]@")
    .replace(USER_WITHOUT_SCHEME, "$1[redacted]@");
}

const MAX_SHOWN_CHARACTERS = 100;

/** Text in quotes on one line, without the user and password of a URL, and cut when it is long. */
export function quoted(text: string): string {
  const harmless = withoutUser(text);
  const cut = harmless.length > MAX_SHOWN_CHARACTERS
    ? `${harmless.slice(0, MAX_SHOWN_CHARACTERS)}…`
    : harmless;
  return JSON.stringify(cut);
}

/** What stands for a value with a variable in it, and why it does. */
export function notShown(quotedText: string): string {
  return `${quotedText} (the value of the variable is not shown)`;
}

const MAX_PROBLEMS = 50;

/**
 * All problems as one error: those of each file in the order of its lines, then the others. One
 * problem for each place of a file is enough: the first one is the cause of the others.
 */
export function invalidConfig(
  problems: readonly Problem[],
  file: string | undefined,
  hint = "agent config schema lists every option, its range and its default",
): AgentError {
  const subject = file === undefined ? "Configuration" : `Configuration ${quoted(file)}`;
  const causes = inOrder(onePerPlace(problems));
  const found = causes.length === 1 ? "1 problem" : `${causes.length} problems`;
  const lines = causes.slice(0, MAX_PROBLEMS)
    // A key or a file's name may hold anything, also what would begin a line of its own.
    .map(({ place, text }) => `  ${visible(`${placeText(place)}: ${text}`)}`);
  if (causes.length > MAX_PROBLEMS) lines.push(`  and ${causes.length - MAX_PROBLEMS} more`);
  return new AgentError(
    "config_invalid",
    [`${subject} is not valid (${found})`, ...lines].join("\n"),
    { hint },
  );
}

function onePerPlace(problems: readonly Problem[]): Problem[] {
  const seen = new Set<string>();
  return problems.filter(({ place }) => {
    const isNew = !("file" in place) || !seen.has(placeText(place));
    seen.add(placeText(place));
    return isNew;
  });
}

function inOrder(problems: readonly Problem[]): Problem[] {
  const byFile = Map.groupBy(problems, ({ place }) => "file" in place ? place.file : undefined);
  const others = byFile.get(undefined) ?? [];
  byFile.delete(undefined);
  const ofFiles = [...byFile.values()].map((ones) =>
    ones.toSorted((a, b) => position(a) - position(b))
  );
  return [...ofFiles.flat(), ...others];
}

function position({ place }: Problem): number {
  return "file" in place ? place.line * 1e6 + place.column : 0;
}
