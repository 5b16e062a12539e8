/**
 * The kinds of options. Each builder makes one zod type that knows its default, its range and its
 * reason, and whose every error says what would be right (`must be …`), so that one sentence serves
 * the error message and the documentation.
 *
 * @module
 */

import { z } from "zod";
import { DURATION_PATTERN, parseDuration, parseSize, SIZE_PATTERN } from "./units.ts";

/** How an option is written and shown. */
export type OptionKind =
  | "duration"
  | "size"
  | "count"
  | "boolean"
  | "choice"
  | "text"
  | "texts"
  | "path"
  | "localfiles";

/** Options under one key, which may be left out. */
export function section<Shape extends z.core.$ZodLooseShape>(about: string, shape: Shape) {
  return z.strictObject(shape).prefault({} as never).meta({ description: about });
}

interface Measure {
  default: string;
  min: string;
  max: string;
  /** What the option does and why the default is what it is. */
  about: string;
}

/** A duration; milliseconds once loaded. */
export function duration(measure: Measure) {
  return measured(measure, { kind: "duration", pattern: DURATION_PATTERN, parse: parseDuration });
}

/** A size; bytes once loaded. */
export function size(measure: Measure) {
  return measured(measure, { kind: "size", pattern: SIZE_PATTERN, parse: parseSize });
}

interface Notation {
  kind: "duration" | "size";
  pattern: RegExp;
  parse: (text: string) => number | undefined;
}

function measured({ default: preset, min, max, about }: Measure, notation: Notation) {
  const { kind, pattern, parse } = notation;
  const error = `must be a ${kind} from ${min} to ${max}, such as ${preset}`;
  const [least = 0, most = 0] = [parse(min), parse(max)];
  return z.string({ error }).regex(pattern, { error })
    .transform((text, context) => {
      const value = parse(text);
      if (value !== undefined && value >= least && value <= most) return value;
      context.addIssue({ code: "custom", message: error });
      return z.NEVER;
    })
    .prefault(preset)
    .meta({ kind, description: `${about} A ${kind} from ${min} to ${max}.` });
}

/** A whole number. */
export function count(range: { default: number; min: number; max: number; about: string }) {
  const { default: preset, min, max, about } = range;
  const error = `must be a whole number from ${min} to ${max}`;
  return z.int({ error }).min(min, { error }).max(max, { error }).default(preset)
    .meta({ kind: "count", description: `${about} A whole number from ${min} to ${max}.` });
}

/** `true` or `false`. */
export function toggle({ default: preset, about }: { default: boolean; about: string }) {
  return z.boolean({ error: "must be true or false" }).default(preset)
    .meta({ kind: "boolean", description: about });
}

/** One of a few words. */
export function choice<const Word extends string>(
  words: readonly Word[],
  { default: preset, about }: { default: NoInfer<Word>; about: string },
) {
  const error = `must be one of ${words.join(", ")}`;
  return z.enum(words, { error }).prefault(preset)
    .meta({ kind: "choice", description: about });
}

/** A path of a file or folder. Loading makes it absolute. */
export function path({ default: preset, about }: { default: string; about: string }) {
  return pathText().default(preset).meta({ kind: "path", description: about });
}

/** A path that may be left out. */
export function optionalPath({ about }: { about: string }) {
  return pathText().optional().meta({ kind: "path", description: about });
}

/** Text of the form that `pattern` describes. */
export function text(
  form: { default: string; pattern: RegExp; error: string; about: string },
) {
  const { default: preset, pattern, error, about } = form;
  return z.string({ error }).max(2_000, { error }).regex(pattern, { error }).default(preset)
    .meta({ kind: "text", description: about });
}

/** Address of a server, without anything after its path; loading takes trailing slashes away. */
export function serverUrl({ default: preset, about }: { default: string; about: string }) {
  const error = "must be an http or https URL without user, password, query or fragment, " +
    `such as ${preset}`;
  return z.string({ error }).max(2_000, { error }).refine(isServerUrl, { error })
    .transform((url) => url.replace(/\/+$/, ""))
    .prefault(preset)
    .meta({ kind: "text", description: about });
}

/** The list of files that a collector follows. */
export function localfiles({ about }: { about: string }) {
  const item = "must be a map with location and, optionally, exclude";
  const error = "must be a list such as [{location: /var/log/*.log}]";
  const patterns = "must be a list of up to 100 paths or globs, such as [/var/log/old.log]";
  return z.array(
    z.strictObject({
      location: pathText("must be a path or glob, such as /var/log/*.log")
        .meta({ description: "File to follow, or a glob of files." }),
      exclude: z.array(pathText("must be a path or glob, such as /var/log/old.log"), {
        error: patterns,
      }).max(100, { error: patterns }).default([])
        .meta({ description: "Files or globs that location matches and that are left out." }),
    }, { error: (issue) => issue.code === "unrecognized_keys" ? undefined : item }),
    { error },
  ).max(1_000, { error: `${error}, with at most 1000 entries` }).default([])
    .meta({ kind: "localfiles", description: about });
}

function pathText(error = "must be a path") {
  return z.string({ error }).min(1, { error }).max(4_096, { error })
    .refine((path) => !path.includes("\0"), { error });
}

function isServerUrl(text: string): boolean {
  if (!/^https?:\/\//i.test(text) || /[\s?#\\]/.test(text)) return false;
  const url = URL.parse(text);
  return url !== null && url.username === "" && url.password === "" && url.hostname !== "";
}
