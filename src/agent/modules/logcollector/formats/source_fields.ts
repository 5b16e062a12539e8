/**
 * The options of a location beside where its files are, as the configuration takes them.
 *
 * @module
 */

import * as z from "zod";
import * as field from "../../../../shared/config/fields.ts";
import { patternField as pattern, redactField } from "../../../redaction/redact_option.ts";
import { FORMATS } from "./source_options.ts";
import { textEncoding } from "./text_encoding.ts";

const MOST_PATTERNS = 100;

/** What is said of a location. */
export const SOURCE_FIELDS = {
  format: field.choice(FORMATS, {
    default: "line",
    about: "What programs put around their lines; auto finds out for each line.",
  }),
  multiline: multiline().optional(),
  encoding: encoding().optional(),
  include_lines: patterns("Only events are sent that one of these patterns matches."),
  exclude_lines: patterns("Events that one of these patterns matches are not sent."),
  fields: members().optional(),
  labels: labels().optional(),
  parse: field.choice(["none", "json"], {
    default: "none",
    about: "What the text of an event is read as; its members become fields of the event.",
  }),
  max_line: field.optionalSize({
    min: "64B",
    max: "1MiB",
    example: "64KiB",
    about: "Longest line; the rest of a longer one is dropped and counted.",
  }),
  start_at: z.enum(["end", "beginning"], { error: "must be one of end, beginning" }).optional()
    .meta({ description: "Where to start in files that exist at the first look." }),
  close_idle: field.optionalDuration({
    min: "1s",
    max: "30d",
    example: "5m",
    about: "How long a file is quiet until its handle is closed; it goes on once it is written.",
  }),
  age_limit: field.optionalDuration({
    min: "1s",
    max: "3650d",
    example: "7d",
    about: "Of files that were not written for so long only what is written from now on is read.",
  }),
  redact: redactField(),
  max_rate: count(1, 1_000_000).optional()
    .meta({ description: "Lines a second that are taken of all files of the location." }),
  over_rate: field.choice(["wait", "sample", "drop"], {
    default: "wait",
    about: "What is done beyond max_rate: wait, or leave events out and count them as lost.",
  }),
  sample_every: count(2, 1_000_000).default(10)
    .meta({ description: "With over_rate: sample, every so manieth event beyond is sent." }),
};

function multiline() {
  const error = "must be a map with one of start, continue, end, such as {start: '^[0-9]'}";
  return z.strictObject({
    start: pattern().optional(),
    continue: pattern().optional(),
    end: pattern().optional(),
    max_lines: count(2, 10_000).default(500),
    max_bytes: field.size({
      default: "256KiB",
      min: "1KiB",
      max: "1MiB",
      about: "Most bytes of a file that one event is made of.",
    }),
    timeout: field.duration({
      default: "5s",
      min: "100ms",
      max: "1h",
      about: "How long nothing is added to an event until it is sent.",
    }),
  }, { error: (issue) => issue.code === "unrecognized_keys" ? undefined : error })
    .refine(
      ({ start, continue: continues, end }) =>
        [start, continues, end].filter((one) => one !== undefined).length === 1,
      { error },
    );
}

function patterns(description: string) {
  const error = `must be a list of up to ${MOST_PATTERNS} regular expressions, such as [ERROR]`;
  return z.array(pattern(), { error }).max(MOST_PATTERNS, { error }).default([])
    .meta({ description });
}

function encoding() {
  const error = "must be an encoding of the WHATWG list in which lines can be found, such as " +
    "utf-8, utf-16le, utf-16be, latin1, windows-1252, shift_jis, gb18030";
  return z.string({ error }).refine((name) => textEncoding(name) !== undefined, { error })
    .meta({ description: "Encoding of the files; a byte order mark in one outweighs it." });
}

function members() {
  const error = "must be a map of fields, such as {service: {name: shop}}";
  return z.record(z.string().min(1, { error }).max(200, { error }), z.json(), { error })
    .refine((fields) => JSON.stringify(fields).length <= 10_000, {
      error: `${error}, together no longer than 10,000 characters`,
    })
    .refine((fields) => !Object.hasOwn(fields, "agent"), {
      error: `${error}, without agent, which the agent says itself`,
    })
    .meta({ description: "Fields that every event has." });
}

function labels() {
  const error = "must be a map of up to 50 labels, such as {team: payments}";
  const value = z.union([z.string().max(1_000), z.number(), z.boolean()], { error });
  return z.record(z.string().min(1, { error }).max(100, { error }), value, { error })
    .refine((all) => Object.keys(all).length <= 50, { error })
    .meta({ description: "Labels that every event has." });
}

function count(min: number, max: number) {
  const error = `must be a whole number from ${min} to ${max}`;
  return z.int({ error }).min(min, { error }).max(max, { error });
}
