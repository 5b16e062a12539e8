/**
 * Durations and sizes as people write them: a whole number and a unit, without a space, such as
 * `500ms` or `64MiB`.
 *
 * @module
 */

const DURATION_UNITS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

const SIZE_UNITS: Readonly<Record<string, number>> = {
  B: 1,
  KB: 1e3,
  KiB: 2 ** 10,
  MB: 1e6,
  MiB: 2 ** 20,
  GB: 1e9,
  GiB: 2 ** 30,
  TB: 1e12,
  TiB: 2 ** 40,
};

/** What the text of a duration looks like. */
export const DURATION_PATTERN = /^\d+(ms|s|m|h|d)$/;

/** What the text of a size looks like. */
export const SIZE_PATTERN = /^\d+([KMGT]i?)?B$/;

/** Milliseconds of `500ms`, `10s`, `5m`, `1h` or `7d`; `undefined` when the text is not a duration. */
export function parseDuration(text: string): number | undefined {
  return parse(text, DURATION_PATTERN, DURATION_UNITS);
}

/**
 * Bytes of `10B`, `1MB` (1,000,000) or `1MiB` (1,048,576); `undefined` when the text is not a size.
 */
export function parseSize(text: string): number | undefined {
  return parse(text, SIZE_PATTERN, SIZE_UNITS);
}

/** The shortest text that {@linkcode parseDuration} turns back into `durationMs` milliseconds. */
export function formatDuration(durationMs: number): string {
  return format(durationMs, DURATION_UNITS);
}

/** The shortest text that {@linkcode parseSize} turns back into `bytes`. */
export function formatSize(bytes: number): string {
  return format(bytes, SIZE_UNITS);
}

function parse(text: string, pattern: RegExp, units: Readonly<Record<string, number>>) {
  if (!pattern.test(text)) return undefined;
  const amount = Number.parseInt(text, 10);
  const value = amount * (units[text.replace(/^\d+/, "")] ?? Number.NaN);
  return Number.isSafeInteger(value) ? value : undefined;
}

function format(value: number, units: Readonly<Record<string, number>>): string {
  const texts = Object.entries(units)
    .filter(([, factor]) => value % factor === 0)
    .sort(([, a], [, b]) => a - b)
    .map(([unit, factor]) => `${value / factor}${unit}`);
  return value === 0 ? texts[0] ?? "" : texts.at(-1) ?? "";
}
