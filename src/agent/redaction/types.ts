/**
 * What redaction works with.
 *
 * @module
 */

/** A pattern of the configuration. */
export interface Pattern {
  test(text: string): boolean;
  /** Puts `replacement`, in which `$1` is a group, in place of all it matches; how often it did. */
  replace(text: string, replacement: string): { text: string; count: number };
}
