/**
 * Durations (`500ms`, `10s`, `5m`, `1h`) and sizes (`512KiB`, `10MB`) as people write them.
 *
 * @module
 */

const DURATION_MS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };
const SIZE_BYTES = { B: 1, KB: 1e3, MB: 1e6, GB: 1e9, KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30 };

/**
 * Milliseconds of a duration such as `30s`.
 *
 * @throws RangeError for anything else
 */
export function parseDuration(text: string): number {
  return parseQuantity(text, DURATION_MS, "duration such as 500ms, 30s, 5m or 1h");
}

/**
 * Bytes of a size such as `10MB`.
 *
 * @throws RangeError for anything else
 */
export function parseSize(text: string): number {
  return parseQuantity(text, SIZE_BYTES, "size such as 512KiB or 10MB");
}

function parseQuantity(text: string, units: Record<string, number>, wanted: string): number {
  const [, number, unit] = /^(\d+(?:\.\d+)?)([A-Za-z]+)$/.exec(text.trim()) ?? [];
  const factor = unit !== undefined && Object.hasOwn(units, unit) ? units[unit] : undefined;
  if (number === undefined || factor === undefined) {
    throw new RangeError(`"${text}" is not a ${wanted}`);
  }
  return Math.round(Number(number) * factor);
}
