/**
 * Measured figures, with what they should be.
 *
 * @module
 */

/** One measured value. */
export interface Figure {
  name: string;
  value: number;
  unit: string;
  /** The value should be below this, in the same unit. */
  below?: number;
  /** The value should be at least this, in the same unit. */
  at_least?: number;
}

/** Figures that were measured together. */
export interface FigureGroup {
  title: string;
  figures: Figure[];
}

/** Whether a figure is as it should be; `undefined` when nothing is asked of it. */
export function isMet({ value, below, at_least }: Figure): boolean | undefined {
  if (below === undefined && at_least === undefined) return undefined;
  return (below === undefined || value < below) && (at_least === undefined || value >= at_least);
}

/** A group as lines of text, in columns. */
export function groupText({ title, figures }: FigureGroup): string {
  const width = Math.max(...figures.map(({ name }) => name.length));
  const lines = figures.map((figure) => {
    const value = `${rounded(figure.value).padStart(12)} ${figure.unit}`;
    return `  ${figure.name.padEnd(width)} ${value.padEnd(32)} ${verdict(figure)}`.trimEnd();
  });
  return [title, ...lines].join("\n");
}

/** The smallest value that a share of at least `share` of the values does not exceed (nearest rank). */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const value = sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)];
  if (value === undefined) throw new RangeError("There is no quantile of no values");
  return value;
}

function verdict(figure: Figure): string {
  const met = isMet(figure);
  if (met === undefined) return "";
  const { below, at_least } = figure;
  const target = below === undefined ? `at least ${at_least}` : `below ${below}`;
  return `${met ? "met   " : "MISSED"} (${target})`;
}

function rounded(value: number): string {
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 3;
  return value.toLocaleString("en", { maximumFractionDigits: digits });
}
