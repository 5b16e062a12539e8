/**
 * Sizes as they are shown.
 *
 * @module
 */

/** Sizes are shown in these, in bytes. */
export const MEGABYTE = 1_000_000;

/** `bytes` in whole megabytes, with the unit. */
export function megabytes(bytes: number): string {
  return `${Math.round(bytes / MEGABYTE).toLocaleString("en")} MB`;
}
