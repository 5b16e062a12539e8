/**
 * Numbers of payment cards in text.
 *
 * @module
 */

/** Digits with one separator at most between two of them; of other numbers before and behind it a number may be a part. */
const RUN = /\d(?:[ -]?\d){12,}/g;
const GROUP = /\d+/g;
const FEWEST_DIGITS = 13;
const MOST_DIGITS = 19;
/** More make up no card. */
const MOST_GROUPS = 5;
/** How cards have their digits in groups: most by fours, some 4-6-5 or 4-6-4; or in one piece. */
const LAYOUT = /^(?:\d{13,19}|(?:\d{4}[ -]){3}\d{4}(?:[ -]\d{1,3})?|\d{4}[ -]\d{6}[ -]\d{4,5})$/;
/** ISO/IEC 7812: 2 to 6 are those of banks, travel and commerce. */
const ISSUER = /^[2-6]/;

/** Puts `replacement` in place of each number that a card may have; how often it did. */
export function redactCards(text: string, replacement: string): { text: string; count: number } {
  let count = 0;
  const redacted = text.replace(RUN, (run, at: number) => {
    const isThere = (start: number, end: number) =>
      isCard(run.slice(start, end)) && standsAlone(text, at + start, at + end);
    const parts: Part[] = isThere(0, run.length) ? [[0, run.length]] : cardsWithin(run, isThere);
    count += parts.length;
    return replaced(run, parts, replacement);
  });
  return { text: redacted, count };
}

type Part = readonly [start: number, end: number];
type IsThere = (start: number, end: number) => boolean;

/** Cards beside other numbers, such as a date of expiry behind it. */
function cardsWithin(run: string, isThere: IsThere): Part[] {
  const groups = [...run.matchAll(GROUP)].map(({ 0: digits, index }): Part => [
    index,
    index + digits.length,
  ]);
  const found: Part[] = [];
  for (let first = 0; first < groups.length; first++) {
    const last = lastOfCard(run, groups.slice(first, first + MOST_GROUPS), isThere);
    if (last === undefined) continue;
    found.push([groups[first]?.[0] ?? 0, groups[first + last]?.[1] ?? 0]);
    first += last;
  }
  return found;
}

/** Which of the groups ends a card that begins with the first; of several the last. */
function lastOfCard(run: string, groups: readonly Part[], isThere: IsThere): number | undefined {
  const [start = 0] = groups[0] ?? [];
  const last = groups.findLastIndex(([, end]) =>
    LAYOUT.test(run.slice(start, end)) && isThere(start, end)
  );
  return last === -1 ? undefined : last;
}

function replaced(run: string, parts: readonly Part[], replacement: string): string {
  let text = "";
  let done = 0;
  for (const [start, end] of parts) {
    text += run.slice(done, start) + replacement;
    done = end;
  }
  return text + run.slice(done);
}

function isCard(found: string): boolean {
  const separators = new Set(found.replaceAll(/\d/g, ""));
  const digits = found.replaceAll(/\D/g, "");
  const isLong = digits.length >= FEWEST_DIGITS && digits.length <= MOST_DIGITS;
  // Of the same digit throughout it is a placeholder.
  return isLong && separators.size <= 1 && ISSUER.test(digits) && !/^(\d)\1+$/.test(digits) &&
    passesLuhn(digits);
}

/** A longer run of digits, or a part of a word or decimal number, is something else. */
function standsAlone(text: string, start: number, end: number): boolean {
  return !/[\dA-Za-z_.]/.test(text[start - 1] ?? "") && !/[\dA-Za-z_]/.test(text[end] ?? "");
}

/** The check digit of ISO/IEC 7812-1, annex B. */
function passesLuhn(digits: string): boolean {
  let sum = 0;
  for (let place = 0; place < digits.length; place++) {
    const digit = Number(digits[digits.length - 1 - place]);
    const doubled = place % 2 === 1 ? digit * 2 : digit;
    sum += doubled > 9 ? doubled - 9 : doubled;
  }
  return sum % 10 === 0;
}
