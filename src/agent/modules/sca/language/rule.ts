/**
 * The grammar of a rule: `[not ]TYPE:SUBJECT[ -> PATTERN]`.
 *
 *     f:PATH             a file is there                 f:PATH -> PATTERN              a file has such a line
 *     d:PATH             a folder is there               d:PATH -> NAME[ -> PATTERN]    below it is such a file[, with such a line]
 *     c:COMMAND          a command could be run          c:COMMAND -> PATTERN           its output has such a line
 *     p:NAME             a process is running
 *
 * @module
 */

import { splitCommand } from "./command_words.ts";
import { type Pattern, type ReadPattern, readPattern } from "./pattern.ts";

/** What a rule looks at. */
type Subject =
  | { kind: "file"; path: string; content?: Pattern }
  | { kind: "folder"; path: string; name?: Pattern; content?: Pattern }
  | { kind: "command"; command: string; content?: Pattern }
  | { kind: "process"; name: string };

/** A rule that can be looked at. */
export type Rule = Subject & { isNegated: boolean };

/** What a text of a rule says. */
interface ReadRule {
  /** Left out when it is invalid. */
  rule?: Rule;
  /** Why it is invalid. */
  invalid?: string;
  /** What is understood, and should be written otherwise. */
  warnings: readonly string[];
}

const KINDS = { f: "file", d: "folder", c: "command", p: "process" } as const;
type Letter = keyof typeof KINDS;

/** Whether a rule looks at the registry, which only Windows has. */
export function isRegistryRule(text: string): boolean {
  return /^(?:not\s+)?!?r:/.test(text.trim());
}

/** Reads a rule whose variables have been replaced. */
export function readRule(text: string): ReadRule {
  const warnings: string[] = [];
  const bare = text.trim();
  const isNegated = /^not\s/.test(bare);
  const positive = isNegated ? bare.slice(3).trim() : bare;
  const [, letter, rest] = /^([fdcp]):(.*)$/s.exec(positive) ?? [];
  if (letter === undefined || rest === undefined) return { invalid: whyNoRule(positive), warnings };
  const [subject = "", ...patterns] = splitArrows(rest, warnings);
  if (subject === "") return { invalid: `nothing stands behind "${letter}:"`, warnings };
  const made = makeRule(letter as Letter, { subject, patterns, warnings });
  if (typeof made === "string") return { invalid: made, warnings };
  return { rule: { ...made, isNegated }, warnings };
}

function whyNoRule(text: string): string {
  const [, letter] = /^!([fdcp]):/.exec(text) ?? [];
  if (letter !== undefined) return `"!${letter}:" negates nothing, write "not ${letter}:"`;
  return 'it must begin with f:, d:, c: or p:, or with "not " before that';
}

/** Behind an arrow without blanks a pattern must begin, so that arrows within commands stay what they are. */
const TIGHT_ARROW = /\s+->|->\s+|->(?=!?[rn]:)/;

function splitArrows(text: string, warnings: string[]): string[] {
  const parts = text.split(" -> ");
  const [first = ""] = parts;
  const tight = TIGHT_ARROW.exec(first);
  if (tight === null || parts.length > 1 && !/->\s|\s->/.test(first)) return parts.map(trim);
  const isAtEnd = first.trimEnd().endsWith("->");
  if (!isAtEnd) warnings.push('"->" has no blank before or behind it; write " -> "');
  const before = first.slice(0, tight.index);
  const behind = first.slice(tight.index + tight[0].length);
  return [before, behind, ...parts.slice(1)].map(trim);
}

function trim(text: string): string {
  return text.trim();
}

interface Parts {
  subject: string;
  patterns: readonly string[];
  warnings: string[];
}

/** Or why there is none. */
type MadeRule = Subject | string;

function makeRule(letter: Letter, { subject, patterns, warnings }: Parts): MadeRule {
  const kind = KINDS[letter];
  if (kind === "process") {
    return patterns.length === 0 ? { kind, name: subject } : "a process has no text to look at";
  }
  if (kind === "folder") return makeFolderRule(subject, patterns, warnings);
  // What is an arrow within a pattern belongs to it.
  const content = readContent(patterns.length === 0 ? undefined : patterns.join(" -> "), warnings);
  if ("invalid" in content) return content.invalid;
  if (kind === "file") {
    return whyNoPath(subject) ?? { kind, path: subject, ...content };
  }
  const { words, isUnclosed } = splitCommand(subject);
  if (isUnclosed) return "a double quote is never closed";
  if ((words[0] ?? "") === "") return "the command is empty";
  return { kind, command: subject, ...content };
}

function makeFolderRule(
  subject: string,
  [name, ...rest]: readonly string[],
  warnings: string[],
): MadeRule {
  const content = readContent(rest.length === 0 ? undefined : rest.join(" -> "), warnings);
  if ("invalid" in content) return content.invalid;
  const named = readContent(name, warnings);
  if ("invalid" in named) return named.invalid;
  return whyNoPath(subject) ?? {
    kind: "folder",
    path: subject,
    ...(named.content && { name: named.content }),
    ...content,
  };
}

function whyNoPath(text: string): string | undefined {
  return text.startsWith("/") || /^[A-Za-z]:[\\/]/.test(text)
    ? undefined
    : `"${text}" is no absolute path`;
}

function readContent(
  text: string | undefined,
  warnings: string[],
): { content?: Pattern } | { invalid: string } {
  if (text === undefined) return {};
  if (text === "") return { invalid: 'nothing stands behind "->"' };
  const read: ReadPattern = readPattern(text);
  if ("invalid" in read) return read;
  if (/^!(?![rn]:)/.test(text)) {
    warnings.push('"!" is a character like others here: only "!r:" and "!n:" negate');
  } else if (read.pattern.kind === "literal" && / && /.test(text)) {
    warnings.push('"&&" is text here: the part before it begins with neither "r:" nor "n:"');
  }
  return { content: read.pattern };
}

/** The paths of a list: a comma parts two when an absolute path follows it. */
export function pathsOf(text: string): string[] {
  return text.split(/\s*,\s*(?=\/|[A-Za-z]:[\\/])/).filter((path) => path !== "");
}
