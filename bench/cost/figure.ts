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
