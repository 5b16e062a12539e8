/**
 * Numbers of payment cards in text.
 *
 * @module
 */

/** 13 to 19 digits in one piece, or in groups with one kind of separator between them. */
const DIGITS = /\d(?:[ -]?\d){12,18}/g;
/** ISO/IEC 7812: 2 to 6 are those of banks, travel and commerce. */
const ISSUER = /^[2-6]/;

/** Puts `replacement` in place of each number that a card may have; how often it did. */
export function redactCards(text: string, replacement: string): { text: string; count: number } {
  let count = 0;
  const redacted = text.replace(DIGITS, (found, at: number) => {
    if (!isCard(found) || !standsAlone(text, at, at + found.length)) return found;
    count++;
    return replacement;
  });
  return { text: redacted, count };
}

function isCard(found: string): boolean {
  const separators = new Set(found.replaceAll(/\d/g, ""));
  const digits = found.replaceAll(/\D/g, "");
  // Of the same digit throughout it is a placeholder.
  return separators.size <= 1 && ISSUER.test(digits) && !/^(\d)\1+$/.test(digits) &&
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
