/**
 * Who reads the events that a manager has stored: an index, and what is put in from outside.
 *
 * @module
 */

import type { Clock } from "../shared/clock.ts";
import { AgentError } from "../shared/errors.ts";
import type { BulkWriter } from "./bulk_output/bulk_writer.ts";
import type { OpenSource } from "./bulk_output/open_output.ts";
import type { BulkOutputOptions } from "./bulk_output/options_schema.ts";
import type { ClusterOptions } from "./cluster/options_schema.ts";
import { orderPrefix } from "./commands/order_stream.ts";
import type { EventReader, ManagerExtension } from "./extension.ts";
import type { Store } from "./store.ts";

/** How the manager is started, as far as readers of its events go by it. */
interface ReaderSettings {
  clock: Clock;
  extension?: ManagerExtension | undefined;
  cluster: Pick<ClusterOptions, "servers">;
}

/**
 * What one of the readers has not read yet stays in the store.
 *
 * @throws AgentError when something from outside wants to read events that are on a cluster
 */
export async function openEventReader(
  { clock, extension, cluster }: ReaderSettings,
  store: Store,
  output: EventReader | undefined,
): Promise<EventReader | undefined> {
  const own = await extension?.openEventReader?.(store, clock);
  if (own !== undefined && cluster.servers.length > 0) {
    await own.close();
    throw new AgentError(
      "config_invalid",
      "Events cannot be recorded by a manager of a cluster: they are not in its database",
      { hint: "read them by: manager export --follow, or start without cluster.servers" },
    );
  }
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

/**
 * Loads the output only where there is one.
 *
 * @param sources `openSource` opens what a cluster has; @default the events of this manager
 */
export async function openOutput(
  { clock, bulkOutput }: { clock: Clock; bulkOutput: BulkOutputOptions },
  { store, openSource }: { store: Store; openSource: OpenSource | undefined },
): Promise<BulkWriter | undefined> {
  const { url, max_backlog: maxBacklog } = bulkOutput;
  if (url === undefined) return undefined;
  const { openBulkOutput, storedEvents } = await import("./bulk_output/open_output.ts");
  const origin = orderPrefix(store.database);
  const open = openSource ?? storedEvents({ clock, store, origin, maxBacklog });
  return await openBulkOutput(bulkOutput, url, { clock, open });
}
