/**
 * How filters are written.
 *
 * @module
 */

import * as z from "zod";
import { type Priority, PRIORITY_WORDS } from "./priorities.ts";
import { isGlob } from "./unit_names.ts";

const MOST = 100;
/** Each `*` may have to try every place of a name. */
const MOST_STARS = 3;

/** Names of fields: those that a program may choose, and the journal's own, which begin with `_`. */
const FIELD = /^[A-Z_][A-Z0-9_]{0,63}$/;

const flag = (description: string) =>
  z.boolean({ error: "must be true or false" }).meta({ description });

/** A name of a field of the journal. */
export function fieldName() {
  const error = "must be a field of the journal, such as _SYSTEMD_UNIT";
  return z.string({ error }).regex(FIELD, { error });
}

/** YAML makes a number of `value: 3`. */
function value() {
  const error = "must be the value of a field: a text of 1 to 2,000 characters, or a whole number";
  return z.union([z.string({ error }).min(1, { error }).max(2_000, { error }), z.int({ error })], {
    error,
  }).transform(String);
}

function names(example: string, description: string) {
  const error = `must be a list of 1 to ${MOST} names, such as [${example}]; * stands for any text`;
  const name = z.string({ error }).min(1, { error }).max(256, { error })
    .refine((text) => !isGlob(text) || text.split("*").length - 1 <= MOST_STARS, {
      error: `must have at most ${MOST_STARS} stars`,
    });
  return z.array(name, { error }).min(1, { error }).max(MOST, { error }).optional()
    .meta({ description });
}

const missing = "Whether an entry without the field meets it.";
const exact = "Whether the field has exactly this value, rather than one with this text in it.";

const condition = z.strictObject({
  field: fieldName().meta({ description: "Field of the journal, such as _COMM." }),
  value: value().meta({ description: "Its value." }),
  exact_match: flag(exact).default(true),
  ignore_if_missing: flag(missing).default(false),
}, { error: mapError("must be a map with field and value") });

function conditions(description: string) {
  const error = `must be a list of 1 to ${MOST} maps such as {field: _COMM, value: sshd}`;
  return z.array(condition, { error }).min(1, { error }).max(MOST, { error }).optional()
    .meta({ description });
}

const excluded = z.strictObject({
  units: names("cron.service", "Units whose entries are left out."),
  identifiers: names("CRON", "Programs whose entries are left out."),
  conditions: conditions("Fields; an entry that meets one of them is left out."),
}, { error: mapError("must be a map with units, identifiers or conditions") })
  .superRefine((its, context) => {
    if (context.issues.length > 0 || Object.values(its).some((one) => one !== undefined)) return;
    context.addIssue({ code: "custom", message: "must name units, identifiers or conditions" });
  });

const FORM =
  "must be a map such as {units: [nginx.service], priority: warning} or {field: _COMM, value: sshd}";

/** Other words that people have for some of them. */
const ALIASES = { emergency: "emerg", critical: "crit", error: "err", warn: "warning" } as const;

function priority() {
  const error = `must be one of ${PRIORITY_WORDS.join(", ")}, or its number, from 0 to 7`;
  const aliases = Object.keys(ALIASES) as (keyof typeof ALIASES)[];
  const words = z.enum([...PRIORITY_WORDS, ...aliases], { error });
  const numbers = z.int({ error }).min(0, { error }).max(PRIORITY_WORDS.length - 1, { error });
  return z.union([words, numbers], { error }).transform((given): Priority => {
    if (typeof given === "number") return PRIORITY_WORDS[given] ?? "debug";
    return given in ALIASES ? ALIASES[given as keyof typeof ALIASES] : given as Priority;
  });
}

/** One filter of `journald.filters`. */
export function filter() {
  return z.strictObject({
    units: names("nginx.service", "Units, as for journalctl --unit; .service may be left out."),
    identifiers: names("sshd", "Names under which programs write (SYSLOG_IDENTIFIER)."),
    priority: priority().optional().meta({
      description: "The least urgent priority that is taken.",
    }),
    field: fieldName().optional().meta({ description: "Field of the journal, such as _COMM." }),
    value: value().optional().meta({ description: "Its value." }),
    exact_match: flag(exact).default(true),
    ignore_if_missing: flag(missing).default(false),
    conditions: conditions("Fields, all of which must be met."),
    exclude: excluded.optional().meta({ description: "What is left out of that." }),
  }, { error: mapError(FORM) }).superRefine((its, context) => {
    // A key that is written wrongly is told by itself.
    const message = context.issues.length > 0 ? undefined : problemOf(its);
    if (message !== undefined) context.addIssue({ code: "custom", message });
  });
}

/** A filter as it is loaded. */
export type Filter = z.output<ReturnType<typeof filter>>;

/** A condition as it is loaded. */
export type FieldCondition = z.output<typeof condition>;

function problemOf(
  { field, value, units, identifiers, priority, conditions, exclude }: {
    field?: unknown;
    value?: unknown;
    units?: unknown;
    identifiers?: unknown;
    priority?: unknown;
    conditions?: unknown;
    exclude?: unknown;
  },
): string | undefined {
  if (field !== undefined && value === undefined) return "must have a value beside field";
  if (value !== undefined && field === undefined) return "must have a field beside value";
  const said = [field, units, identifiers, priority, conditions, exclude];
  return said.every((one) => one === undefined) ? FORM : undefined;
}

/** Unknown keys have an error of their own. */
function mapError(form: string) {
  return (issue: { code?: string }) => issue.code === "unrecognized_keys" ? undefined : form;
}
