/**
 * What a manager that is alone has in place of a cluster.
 *
 * @module
 */

import { join } from "node:path";
import type { Clock } from "../../../shared/clock.ts";
import { FolderReleases } from "../../stores/single/folder_releases.ts";
import { KeyFile } from "../../stores/single/key_file.ts";
import type { Stores } from "../../stores/stores.ts";
import type { Cluster } from "../cluster.ts";

/** Everything is kept by this manager. */
export function noCluster(
  own: Stores,
  { dataFolder, clock }: { dataFolder: string | undefined; clock: Clock },
): Cluster {
  const keyFile = dataFolder === undefined ? undefined : join(dataFolder, "token_key.json");
  return {
    stores: own,
    keys: new KeyFile(keyFile, clock),
    keepReleases: ({ folder }) => Promise.resolve(new FolderReleases(folder)),
    maxBatchBytes: Infinity,
    whenRemoved: () => {},
    whenOfferable: () => {},
    whenStates: () => {},
    whenLost: () => {},
    trouble: () => undefined,
    overview: () => Promise.resolve(undefined),
    leave: () => Promise.resolve(),
    close: () => Promise.resolve(),
  };
}
