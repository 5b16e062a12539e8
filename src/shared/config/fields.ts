/**
 * The kinds of options. Each builder makes one zod type that knows its default, its range and its
 * reason, and whose every error says what would be right (`must be …`), so that one sentence serves
 * the error message and the documentation.
 *
 * @module
 */

import * as z from "zod";
import { type Traits, traitsIn } from "./traits.ts";
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
  | "list";

/** What every field is described with. */
interface About extends Traits {
  /** What the option does and why the default is what it is. */
  about: string;
}

/** What the machinery reads of a field. */
function described(kind: OptionKind, { about, ...traits }: About) {
  return { kind, description: about, ...traitsIn(traits) };
}

/** Options under one key, which may be left out; `traits` are those of its fields that say nothing themselves. */
export function section<Shape extends z.core.$ZodLooseShape>(
  about: string,
  shape: Shape,
  traits: Traits = {},
) {
  return z.strictObject(shape).prefault({} as never)
    .meta({ description: about, ...traitsIn(traits) });
}

interface Measure extends About {
  default: string;
  min: string;
  max: string;
}

/** A duration; milliseconds once loaded. */
export function duration(measure: Measure) {
  return measured(measure, { kind: "duration", pattern: DURATION_PATTERN, parse: parseDuration });
}

/** A size; bytes once loaded. */
export function size(measure: Measure) {
  return measured(measure, { kind: "size", pattern: SIZE_PATTERN, parse: parseSize });
}

/** A size that may be left out; bytes once loaded. */
export function optionalSize(measure: Omit<Measure, "default"> & { example: string }) {
  const { example, ...limits } = measure;
  const notation = { kind: "size", pattern: SIZE_PATTERN, parse: parseSize } as const;
  return ranged({ ...limits, default: example }, notation).optional()
    .meta(described("size", aboutRange(measure, "size")));
}

/** A duration that may be left out; milliseconds once loaded. */
export function optionalDuration(measure: Omit<Measure, "default"> & { example: string }) {
  const { example, ...limits } = measure;
  const notation = { kind: "duration", pattern: DURATION_PATTERN, parse: parseDuration } as const;
  return ranged({ ...limits, default: example }, notation).optional()
    .meta(described("duration", aboutRange(measure, "duration")));
}

interface Notation {
  kind: "duration" | "size";
  pattern: RegExp;
  parse: (text: string) => number | undefined;
}

function measured(measure: Measure, notation: Notation) {
  return ranged(measure, notation).prefault(measure.default)
    .meta(described(notation.kind, aboutRange(measure, notation.kind)));
}

function ranged(measure: Measure, { kind, pattern, parse }: Notation) {
  const { default: preset, min, max } = measure;
  const error = `must be a ${kind} from ${min} to ${max}, such as ${preset}`;
  const [least = 0, most = 0] = [parse(min), parse(max)];
  return z.string({ error }).regex(pattern, { error })
    .transform((text, context) => {
      const value = parse(text);
      if (value !== undefined && value >= least && value <= most) return value;
      context.addIssue({ code: "custom", message: error });
      return z.NEVER;
    });
}

function aboutRange<Field extends About & { min: string; max: string }>(
  field: Field,
  kind: string,
) {
  return { ...field, about: `${field.about} A ${kind} from ${field.min} to ${field.max}.` };
}

/** A whole number. */
export function count(range: About & { default: number; min: number; max: number }) {
  const { default: preset, min, max } = range;
  const error = `must be a whole number from ${min} to ${max}`;
  return z.int({ error }).min(min, { error }).max(max, { error }).default(preset)
    .meta(
      described("count", {
        ...range,
        about: `${range.about} A whole number from ${min} to ${max}.`,
      }),
    );
}

/** `true` or `false`. */
export function toggle(field: About & { default: boolean }) {
  return z.boolean({ error: "must be true or false" }).default(field.default)
    .meta(described("boolean", field));
}

/** `true` or `false`, or left out where something else decides. */
export function optionalToggle(field: About) {
  return z.boolean({ error: "must be true or false" }).optional().meta(described("boolean", field));
}

/** `true`, `false`, or a list of some of these words. */
export function toggleOrWords<const Word extends string>(
  words: readonly Word[],
  field: About & { default: boolean },
) {
  const error = `must be true, false, or a list of ${words.join(", ")}`;
  return z.union([
    z.boolean(),
    z.array(z.enum(words, { error })).min(1, { error }).max(words.length, { error }),
  ], {
    error,
  })
    .default(field.default)
    .meta(described("list", field));
}

/** One of a few words; `aliases` are other words for some of them, which loading replaces. */
export function choice<const Word extends string>(
  words: readonly Word[],
  field: About & {
    default: NoInfer<Word>;
    /** @default none */
    aliases?: Readonly<Record<string, NoInfer<Word>>>;
  },
) {
  const error = `must be one of ${words.join(", ")}`;
  const { aliases = {} } = field;
  return z.enum([...words, ...Object.keys(aliases)], { error })
    .transform((word) => aliases[word] ?? word as Word)
    .prefault(field.default)
    .meta(described("choice", { ...field, about: `${field.about} One of ${words.join(", ")}.` }));
}

/** A path of a file or folder. Loading makes it absolute. */
export function path(field: About & { default: string }) {
  return pathText().default(field.default).meta(described("path", field));
}

/** A path that may be left out. */
export function optionalPath(field: About) {
  return pathText().optional().meta(described("path", field));
}

/** Text of the form that `pattern` describes. */
export function text(
  form: About & {
    default: string;
    pattern: RegExp;
    error: string;
    /** Whether a text of that form is right; for what a pattern cannot say. @default it is */
    accepts?: (text: string) => boolean;
  },
) {
  const { default: preset, pattern, error, accepts = () => true } = form;
  return z.string({ error }).max(2_000, { error }).regex(pattern, { error, abort: true })
    .refine(accepts, { error }).default(preset).meta(described("text", form));
}

/**
 * Address of a server, without anything after its path, or several: a list, or a text with commas. Loading takes trailing slashes away
 * and makes it a text with commas.
 */
export function serverUrls(field: About & { default: string; most: number }) {
  const { default: preset, most } = field;
  const error = "must be an http or https URL without user, password, query or fragment, " +
    `such as ${preset}, or a list of at most ${most}, each another`;
  const isRight = (urls: string[]) =>
    urls.length > 0 && urls.length <= most && new Set(urls).size === urls.length &&
    urls.every(isServerUrl);
  const one = z.string({ error }).max(20_000, { error });
  return z.union([one, z.array(one, { error })], { error })
    .transform((given) => [given].flat().flatMap((text) => text.split(",")).map(bareUrl))
    .refine(isRight, { error })
    .transform((urls) => urls.join())
    .prefault(preset)
    .meta(described("text", field));
}

function bareUrl(url: string): string {
  return url.trim().replace(/\/+$/, "");
}

/**
 * A list of what `item` describes. Texts in it that are paths (see {@linkcode pathText}) are made
 * absolute like those of a `path`.
 */
export function list<Item extends z.ZodType>(
  item: Item,
  field: About & {
    error: string;
    most: number;
    /** As it would be written. @default an empty list */
    default?: z.input<Item>[];
    /** What is wrong with the list as a whole, as the end of "must …". */
    check?: (items: z.output<Item>[]) => string | undefined;
  },
) {
  const { error, most, check, default: preset = [] } = field;
  const tooMany = `${error}, with at most ${most} entries`;
  const whole = (items: z.output<Item>[], context: z.RefinementCtx) => {
    const message = check?.(items);
    if (message !== undefined) context.addIssue({ code: "custom", message });
  };
  return z.array(item, { error }).max(most, { error: tooMany }).superRefine(whole)
    .prefault(preset).meta(described("list", field));
}

/** Controls and separators of lines: hardly in a name, but in what YAML makes of `"C:\temp\new"`. */
const NOT_IN_PATHS = /[\p{Cc}\p{Zl}\p{Zp}]/u;
const NOT_AS_WRITTEN = "without control characters: in double quotes YAML reads \\t as a tab and " +
  "\\n as a new line, so put a path with backslashes in single quotes";

/** The text of a path or glob within a list. */
export function pathText(error = "must be a path") {
  return z.string({ error }).min(1, { error }).max(4_096, { error })
    .refine((path) => !NOT_IN_PATHS.test(path), { error: `${error}, ${NOT_AS_WRITTEN}` })
    .refine((path) => !path.startsWith("~"), {
      error: "must be written in full, such as /home/NAME/file: only a shell knows what ~ is",
    })
    .meta({ kind: "path" });
}

function isServerUrl(text: string): boolean {
  if (!/^https?:\/\//i.test(text) || /[\s?#\\]/.test(text)) return false;
  const url = URL.parse(text);
  return url !== null && url.username === "" && url.password === "" && url.hostname !== "";
}
