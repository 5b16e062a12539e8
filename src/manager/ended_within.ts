/**
 * Waiting for work to end, but not for ever.
 *
 * @module
 */

/**
 * Waits until all of `work` has ended, well or badly, for `limitMs` milliseconds at most. Returns
 * true when that was too short.
 */
export async function endedWithin(
  work: Iterable<Promise<unknown>>,
  limitMs: number,
): Promise<boolean> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<boolean>((resolve) => timer = setTimeout(() => resolve(true), limitMs));
  const ended = Promise.allSettled(work).then(() => false);
  return await Promise.race([ended, late]).finally(() => clearTimeout(timer));
}
