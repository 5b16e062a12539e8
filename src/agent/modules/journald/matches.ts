/**
 * What of the filters journalctl itself can look for: its own index then leaves out the rest, which is cheaper than reading it.
 *
 * What is handed down may let more through than the filters do, never less: every entry is tested again.
 *
 * @module
 */

import { allConditions } from "./conditions.ts";
import type { Filter } from "./filter_options.ts";
import { prioritiesUpTo } from "./priorities.ts";
import { isGlob, UNIT_FIELDS, unitName } from "./unit_names.ts";

/** `FIELD=value` words: different fields must all be met, one of those of the same field. */
type Matches = readonly string[];

/** More words than this make the search slow, and a command line long. */
const MOST_WORDS = 1_000;

/**
 * Arguments of journalctl, with `+` between alternatives; none when a filter has nothing that it can look for, since then everything
 * has to be read.
 */
export function matchArguments(filters: readonly Filter[]): string[] {
  const alternatives: Matches[] = [];
  for (const filter of filters) {
    const own = alternativesOf(filter);
    if (own === undefined) return [];
    alternatives.push(...own);
  }
  const words = alternatives.flatMap((matches, index) => index === 0 ? matches : ["+", ...matches]);
  return words.length > MOST_WORDS ? [] : words;
}

function alternativesOf(filter: Filter): Matches[] | undefined {
  const common = [...conditionMatches(filter), ...nameMatches(filter), ...priorityMatches(filter)];
  const { units } = filter;
  if (units === undefined || units.some(isGlob)) return common.length === 0 ? undefined : [common];
  return UNIT_FIELDS.map(({ field, by }) => [
    ...units.map((unit) => `${field}=${unitName(unit)}`),
    ...(by ? [`${by.field}=${by.value}`] : []),
    ...common,
  ]);
}

function conditionMatches(filter: Filter): Matches {
  return allConditions(filter)
    .filter(({ exact_match, ignore_if_missing }) => exact_match && !ignore_if_missing)
    .map(({ field, value }) => `${field}=${value}`);
}

function nameMatches({ identifiers }: Filter): Matches {
  if (identifiers === undefined || identifiers.some(isGlob)) return [];
  return identifiers.map((name) => `SYSLOG_IDENTIFIER=${name}`);
}

function priorityMatches({ priority }: Filter): Matches {
  return priority === undefined ? [] : prioritiesUpTo(priority).map((level) => `PRIORITY=${level}`);
}
