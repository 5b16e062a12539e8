/**
 * What an entry must have to be taken.
 *
 * An entry is taken when one of the filters takes it, or when there are none. A filter takes what meets all that it says.
 *
 * @module
 */

import type { FieldCondition, Filter } from "./filter_options.ts";
import { type JournalEntry, textOf } from "./journal_entry.ts";
import { prioritiesUpTo } from "./priorities.ts";
import { isGlob, UNIT_FIELDS, unitName } from "./unit_names.ts";

/** What decides about an entry. */
export interface EntryTest {
  /** The fields that it looks at. */
  readonly fields: readonly string[];
  /** The field that the entry is taken for, as its provider is named after it; `undefined` when it is not taken. */
  takenFor(entry: JournalEntry): string | undefined;
}

/** Says whether a value is meant. */
type ValueTest = (value: string) => boolean;

/** Without a field of its own the provider is the entry's unit or program. */
const NO_FIELD = "";

/** Builds what decides by these filters. */
export function entryTest(filters: readonly Filter[]): EntryTest {
  const tests = filters.map((filter) => ({ field: fieldOf(filter), test: testOf(filter) }));
  const fields = [...new Set(filters.flatMap(fieldsOf))];
  return {
    fields,
    takenFor: (entry) =>
      tests.length === 0 ? NO_FIELD : tests.find(({ test }) => test(entry))?.field,
  };
}

function fieldOf({ field, conditions }: Filter): string {
  return field ?? conditions?.[0]?.field ?? NO_FIELD;
}

function fieldsOf(filter: Filter): string[] {
  const { units, identifiers, priority, exclude } = filter;
  return [
    ...allConditions(filter).map(({ field }) => field),
    ...(units || exclude?.units
      ? UNIT_FIELDS.flatMap(({ field, by }) => by ? [field, by.field] : [field])
      : []),
    ...(identifiers || exclude?.identifiers ? ["SYSLOG_IDENTIFIER"] : []),
    ...(priority ? ["PRIORITY"] : []),
    ...(exclude?.conditions ?? []).map(({ field }) => field),
  ];
}

/** Those in the list, and the one that stands in the filter itself. */
export function allConditions(
  { field, value, exact_match, ignore_if_missing, conditions = [] }: Filter,
): FieldCondition[] {
  if (field === undefined || value === undefined) {
    // What stands beside a list holds for all in it.
    return conditions.map((one) => ({
      ...one,
      ignore_if_missing: one.ignore_if_missing || ignore_if_missing,
    }));
  }
  return [{ field, value, exact_match, ignore_if_missing }, ...conditions];
}

function testOf(filter: Filter): (entry: JournalEntry) => boolean {
  const { units, identifiers, priority, exclude } = filter;
  const tests = allConditions(filter).map(conditionTest);
  if (units) tests.push(unitTest(units));
  if (identifiers) tests.push(fieldTest("SYSLOG_IDENTIFIER", identifiers.map(nameTest)));
  if (priority) {
    const taken = prioritiesUpTo(priority);
    tests.push(fieldTest("PRIORITY", [(value) => taken.includes(value)]));
  }
  const excluded = [
    ...(exclude?.units ? [unitTest(exclude.units)] : []),
    ...(exclude?.identifiers
      ? [fieldTest("SYSLOG_IDENTIFIER", exclude.identifiers.map(nameTest))]
      : []),
    ...(exclude?.conditions ?? []).map(conditionTest),
  ];
  return (entry) => tests.every((test) => test(entry)) && !excluded.some((test) => test(entry));
}

function conditionTest({ field, value, exact_match, ignore_if_missing }: FieldCondition) {
  const isMeant: ValueTest = exact_match
    ? (text) => text === value
    : (text) => text.includes(value);
  const test = fieldTest(field, [isMeant]);
  return (entry: JournalEntry) =>
    test(entry) || (ignore_if_missing && entry.first(field) === undefined);
}

function unitTest(units: readonly string[]): (entry: JournalEntry) => boolean {
  const names = units.map((name) => nameTest(unitName(name)));
  const ways = UNIT_FIELDS.map(({ field, by }) => ({ by, test: fieldTest(field, names) }));
  return (entry) =>
    ways.some(({ by, test }) =>
      test(entry) && (by === undefined || entry.values(by.field).includes(by.value))
    );
}

function fieldTest(field: string, values: readonly ValueTest[]): (entry: JournalEntry) => boolean {
  return (entry) =>
    entry.values(field).some((value) => values.some((isMeant) => isMeant(textOf(value))));
}

/** `*` stands for any text, `?` for one character. */
function nameTest(name: string): ValueTest {
  if (!isGlob(name)) return (value) => value === name;
  const pattern = name.replace(/[.+^${}()|[\]\\]/g, "\\$&").replace(/\*+/g, ".*").replaceAll(
    "?",
    ".",
  );
  const regExp = new RegExp(`^${pattern}$`, "su");
  return (value) => regExp.test(value);
}
