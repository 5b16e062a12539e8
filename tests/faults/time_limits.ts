/**
 * No wait of this suite is without an end.
 *
 * @module
 */

/** Resolves after `ms` milliseconds. */
export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** What `work` resolves to. @throws Error that names `what` when it takes longer than `ms` milliseconds */
export async function within<T>(what: string, ms: number, work: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what}: not within ${ms / 1_000} s`)), ms);
  });
  return await Promise.race([work, late]).finally(() => clearTimeout(timer));
}

/** Resolves once `holds`. @throws Error that names `what` when that takes longer than `ms` milliseconds */
export async function until(
  what: string,
  ms: number,
  holds: () => boolean | Promise<boolean>,
): Promise<void> {
  const untilMs = performance.now() + ms;
  while (!await within(what, ms, Promise.resolve(holds()))) {
    if (performance.now() > untilMs) throw new Error(`${what}: not within ${ms / 1_000} s`);
    await pause(200);
  }
}
