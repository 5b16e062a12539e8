/**
 * A package that is installed, whatever installed it.
 *
 * @module
 */

/** The kinds of packages that can be read, by the word of `inventory.packages` and of `package.type`. */
export const PACKAGE_KINDS = [
  "deb",
  "rpm",
  "apk",
  "pacman",
  "snap",
  "flatpak",
  "pypi",
  "npm",
  "macos",
  "win",
] as const;

/** One of {@linkcode PACKAGE_KINDS}. */
export type PackageKind = (typeof PACKAGE_KINDS)[number];

/** What is known of a package; what is left out is not known. */
export interface Package {
  type: PackageKind;
  name: string;
  version: string;
  architecture?: string | undefined;
  /** One line. */
  description?: string | undefined;
  /** ISO 8601. */
  installed?: string | undefined;
  /** Bytes on the disk. */
  size?: number | undefined;
  /** Where it lies, for kinds of which one machine can have several. */
  path?: string | undefined;
  category?: string | undefined;
  multiarch?: string | undefined;
  priority?: string | undefined;
  /** What it was built of. */
  source?: string | undefined;
  vendor?: string | undefined;
}

/** A count of seconds since 1970 as ISO 8601; `undefined` for what is none. */
export function isoOfSeconds(seconds: number | undefined): string | undefined {
  // A year beyond 9999 has another form, which no date mapping takes.
  if (seconds === undefined || !(seconds > 0 && seconds < 253_402_300_800)) return undefined;
  return new Date(seconds * 1_000).toISOString();
}

/** A whole number that is not negative; `undefined` for any other text. */
export function countIn(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}
