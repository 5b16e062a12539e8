/**
 * What is said of patterns that cannot be used.
 *
 * @module
 */

/** A pattern that cannot be used; the message says why, and what would be right. */
export class PatternError extends Error {
  override readonly name = "PatternError";
}

/** What a pattern may have been meant for. */
export const OLD_ENGINE = "was it written for the old engine of OSSEC?";

/** A hyphen beside a class of characters, which PCRE2 refuses. */
export function noRange(): PatternError {
  return new PatternError('"-" beside a class makes no range; write it last, or as "\\-"');
}

/** A backslash before a letter that means nothing with it. */
export function unknownEscape(letter: string): string {
  if (letter === "p" || letter === "P") {
    return `"\\${letter}" needs a property in braces, such as \\p{L}; for signs write [[:punct:]]; ${OLD_ENGINE}`;
  }
  const isKnownThere = "KCXN".includes(letter);
  return `"\\${letter}" ${isKnownThere ? "is not known here" : `means nothing; ${OLD_ENGINE}`}`;
}
