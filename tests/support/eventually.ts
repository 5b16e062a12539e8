/**
 * Waiting for what another process does in its own time.
 *
 * @module
 */

const LOOK_INTERVAL_MS = 50;
const HAPPENS_WITHIN_MS = 180_000;

/**
 * Looks again and again, each `everyMs` milliseconds; resolves with the first find for which `isSo` holds.
 *
 * @throws Error with the last find when that takes longer than 180 s
 */
export async function eventually<T>(
  look: () => Promise<T>,
  isSo: (found: T) => boolean,
  { everyMs = LOOK_INTERVAL_MS }: { everyMs?: number } = {},
): Promise<T> {
  const deadline = performance.now() + HAPPENS_WITHIN_MS;
  for (;;) {
    const found = await look();
    if (isSo(found)) return found;
    if (performance.now() > deadline) {
      throw new Error(`It did not happen: ${JSON.stringify(found).slice(0, 2_000)}`);
    }
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
}
