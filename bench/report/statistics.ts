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
  const median = quantile(values, 0.5);
  const p75 = quantile(values, 0.75);
  return {
    n: values.length,
    min: quantile(values, 0),
    median,
    p75,
    max: quantile(values, 1),
    relative_spread: median === 0 ? 0 : (p75 - quantile(values, 0.25)) / median,
  };
}

/**
 * The value below which a share of the values lies, with linear interpolation between two of them.
 *
 * @throws RangeError when there are none
 */
export function quantile(values: readonly number[], share: number): number {
  if (values.length === 0) throw new RangeError("There is no quantile of no values");
  const sorted = values.toSorted((a, b) => a - b);
  const position = (sorted.length - 1) * share;
  const below = sorted[Math.floor(position)] ?? NaN;
  const above = sorted[Math.ceil(position)] ?? NaN;
  return below + (above - below) * (position - Math.floor(position));
}
