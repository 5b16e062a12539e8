/**
 * Thrown for a text that is not what it should be: nothing of it is used.
 *
 * @module
 */

/** What is wrong with a text, and in which line, counted from 1. */
export class FormatError extends Error {
  override readonly name = "FormatError";

  constructor(what: string, line?: number) {
    super(line === undefined ? what : `line ${line}: ${what}`);
  }
}
