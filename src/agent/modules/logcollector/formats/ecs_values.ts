/**
 * Values as loggers write them, as the schema has them.
 *
 * @module
 */

/** Seconds, milliseconds, microseconds, nanoseconds since 1970 differ by their size. */
const UNITS: readonly { below: number; perMs: number }[] = [
  { below: 1e11, perMs: 1e-3 },
  { below: 1e14, perMs: 1 },
  { below: 1e17, perMs: 1e3 },
  { below: 1e20, perMs: 1e6 },
];
/** pino, bunyan. */
const LEVELS: Readonly<Record<number, string>> = {
  10: "trace",
  20: "debug",
  30: "info",
  40: "warn",
  50: "error",
  60: "fatal",
};
const TIME = /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d([.,]\d{1,9})?)?\s?(Z|[+-]\d\d:?\d\d)?$/;

/** A time as ISO 8601; `undefined` when it is none. */
export function timeText(value: unknown): string | undefined {
  if (typeof value === "number") return numberTime(value);
  if (typeof value !== "string") return undefined;
  if (/^\d{10,19}(\.\d+)?$/.test(value)) return numberTime(Number(value));
  if (!TIME.test(value)) return undefined;
  const iso = value.replace(" ", "T").replace(",", ".").replace(/\s/, "");
  const hasZone = /(Z|[+-]\d\d:?\d\d)$/.test(iso);
  if (Number.isNaN(Date.parse(iso.replace(/([+-]\d\d)(\d\d)$/, "$1:$2")))) return undefined;
  // With a zone it stays as precise as it was written.
  return hasZone ? iso : new Date(iso).toISOString();
}

function numberTime(value: number): string | undefined {
  const unit = UNITS.find(({ below }) => value < below);
  if (!unit || !(value > 1e8)) return undefined;
  // 1764126000.123 s are 1764126000122.9999 ms here.
  return new Date(Math.floor(value / unit.perMs + 0.001)).toISOString();
}

/** The name of a level. */
export function levelName(value: unknown): string | undefined {
  if (typeof value === "number") return LEVELS[value] ?? String(value);
  return typeof value === "string" && value !== "" ? value.toLowerCase() : undefined;
}
