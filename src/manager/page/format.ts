/**
 * Numbers and times as people read them.
 *
 * @module
 */

const NUMBERS = new Intl.NumberFormat("en-US");

const AGES: readonly (readonly [seconds: number, unit: string])[] = [
  [86_400, "d"],
  [3_600, "h"],
  [60, "min"],
  [1, "s"],
];

/** Such as `9,812`. */
export function number(value: number): string {
  return NUMBERS.format(value);
}

/** Such as `3 min ago`; `page.js` says the same. */
export function ago(atMs: number, nowMs: number): string {
  const seconds = Math.max(0, Math.round((nowMs - atMs) / 1_000));
  return seconds < 1 ? "now" : `${duration(seconds)} ago`;
}

/** The largest unit of a duration, such as `3 min`. */
export function duration(seconds: number): string {
  const [size, unit] = AGES.find(([size]) => seconds >= size) ?? [1, "s"];
  return `${Math.floor(seconds / size)} ${unit}`;
}

/** Such as `2026-11-26 04:35:44 UTC`. */
export function moment(iso: string): string {
  return `${iso.slice(0, 10)} ${iso.slice(11, 19)} UTC`;
}

/** Such as `12.4 MB`; MB is a million bytes. */
export function bytes(value: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  const power = Math.min(units.length - 1, value < 1 ? 0 : Math.floor(Math.log10(value) / 3));
  const scaled = value / 1_000 ** power;
  return `${power === 0 || scaled >= 100 ? Math.round(scaled) : scaled.toFixed(1)} ${units[power]}`;
}

const LONGEST_PATH = 72;
const BEGINNING = 20;

/** A path in at most 72 characters: what is left out of a longer one is its middle, as its name says most. */
export function shortPath(path: string): string {
  const all = [...path];
  if (all.length <= LONGEST_PATH) return path;
  const end = all.slice(BEGINNING + 1 - LONGEST_PATH);
  return `${all.slice(0, BEGINNING).join("")}…${end.join("")}`;
}

/** A path with its parameters; those without a value are left out. */
export function link(
  path: string,
  parameters: Readonly<Record<string, string | number | undefined>>,
): string {
  const given = Object.entries(parameters).flatMap(([name, value]): [string, string][] =>
    value === undefined || value === "" ? [] : [[name, String(value)]]
  );
  return given.length === 0 ? path : `${path}?${new URLSearchParams(given)}`;
}
