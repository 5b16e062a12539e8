/**
 * The folder that a manager keeps its things in, and the database in it.
 *
 * @module
 */

import { join } from "node:path";
import { AgentError, messageOf } from "../shared/errors.ts";
import type { ManagerOptions } from "./config/manager_options.ts";
import type { ManagerExtension } from "./extension.ts";
import { Store } from "./store.ts";

/** What of a manager's options its database depends on. */
interface StoreSettings
  extends Pick<ManagerOptions, "cluster" | "dataFolder" | "keepEvents" | "idempotencyKeys"> {
  extension?: ManagerExtension;
}

/** Makes the folders that are missing. @throws AgentError when that cannot be done */
export async function makeFolders(dataFolder: string | undefined): Promise<void> {
  if (dataFolder === undefined) return;
  try {
    await Deno.mkdir(dataFolder, { recursive: true, mode: 0o700 });
    await Deno.mkdir(join(dataFolder, "files"), { recursive: true, mode: 0o700 });
  } catch (error) {
    const why = messageOf(error);
    throw new AgentError("folder_unusable", `Cannot use data folder "${dataFolder}": ${why}`, {
      cause: error,
      hint: "make a folder that the manager may write to, or name another one (manager.data_dir)",
    });
  }
}

/** Opens the database, in memory without a folder. @throws AgentError when it cannot be opened, or another manager has it open */
export function openStore(
  { cluster, dataFolder, keepEvents, idempotencyKeys, extension }: StoreSettings,
): Store {
  // What a manager of a cluster knows is thrown away and read anew; a database of one alone must not be.
  const name = cluster.servers.length === 0 ? "manager.db" : "node.db";
  const path = dataFolder === undefined ? ":memory:" : join(dataFolder, name);
  const parts = extension?.schemaParts;
  return new Store({ path, keepEvents, idempotencyKeys, ...(parts && { parts }) });
}
