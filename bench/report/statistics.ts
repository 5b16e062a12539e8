/**
 * What is said of the times that a row took.
 *
 * @module
 */

/** Middle and spread of some times; all in the unit of the times. */
export interface Spread {
  /** How many there are. */
  n: number;
  min: number;
  median: number;
  p75: number;
  max: number;
  /** Distance of the quartiles as a share of the median: how far identical iterations differ. */
  relative_spread: number;
}

/**
 * Describes `values`.
 *
 * @throws RangeError when there are none
 */
export function describe(values: readonly number[]): Spread {
  if (values.length === 0) throw new RangeError("There are no values to describe");
  const sorted = [...values].sort((a, b) => a - b);
  const median = quantile(sorted, 0.5);
  const p75 = quantile(sorted, 0.75);
  return {
    n: sorted.length,
    min: quantile(sorted, 0),
    median,
    p75,
    max: quantile(sorted, 1),
    relative_spread: median === 0 ? 0 : (p75 - quantile(sorted, 0.25)) / median,
  };
}

/** The value below which a share of the sorted values lies, with linear interpolation. */
function quantile(sorted: readonly number[], share: number): number {
  const position = (sorted.length - 1) * share;
  const below = sorted[Math.floor(position)] ?? NaN;
  const above = sorted[Math.ceil(position)] ?? NaN;
  return below + (above - below) * (position - Math.floor(position));
}
