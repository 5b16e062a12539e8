/**
 * What a manager needs to be started, other than the commands that take the same options.
 *
 * @module
 */

import { AgentError } from "../../shared/errors.ts";
import type { ManagerConfig } from "./schema.ts";

/** @throws AgentError `config_invalid` when it would be no whole member of its cluster */
export function checkStart({ cluster, manager }: ManagerConfig): void {
  if (cluster.servers.length === 0 || manager.data_dir !== undefined) return;
  throw new AgentError(
    "config_invalid",
    "cluster.servers must come together with manager.data_dir: agents download releases from copies in it",
    { hint: "give each manager of the cluster a folder of its own (--data-dir)" },
  );
}
