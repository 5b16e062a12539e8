/**
 * Whoever follows the events in the database, as one.
 *
 * @module
 */

import type { Clock } from "../shared/clock.ts";
import type { EventReader, ManagerExtension } from "./extension.ts";
import type { Store } from "./store.ts";

/**
 * Opens the reader of an extension, beside `output`. What one of them has not read yet stays in the store.
 *
 * @returns `undefined` when nobody reads
 */
export async function openEventReader(
  { clock, extension }: { clock: Clock; extension?: ManagerExtension },
  store: Store,
  output: EventReader | undefined,
): Promise<EventReader | undefined> {
  const own = await extension?.openEventReader?.(store, clock);
  const readers = [own, output].filter((reader) => reader !== undefined);
  if (readers.length === 0) return undefined;
  const readUpTo = () => Math.min(...readers.map((reader) => reader.readUpTo()));
  store.events.keepFor(readUpTo);
  return {
    wake: () => readers.forEach((reader) => reader.wake()),
    readUpTo,
    close: async () => void await Promise.all(readers.map((reader) => reader.close())),
  };
}
