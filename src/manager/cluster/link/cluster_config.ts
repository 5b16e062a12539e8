/**
 * What is fixed when a cluster is first used, and what all of its managers must understand.
 *
 * @module
 */

import { AgentError } from "../../../shared/errors.ts";
import type { Bucket } from "./bucket.ts";
import type { ClusterOptions } from "../options_schema.ts";

/** Of keys, subjects and values. A manager refuses a newer one. */
const LAYOUT = 1;

/** What is kept of it. */
export interface ClusterConfig {
  layout: number;
  event_streams: number;
}

/**
 * The configuration of the cluster, made by who comes first.
 *
 * @throws AgentError when a newer manager has made it
 */
export async function clusterConfig(
  keys: Bucket<ClusterConfig>,
  { event_streams }: ClusterOptions,
): Promise<ClusterConfig> {
  const made = { layout: LAYOUT, event_streams };
  const { value = made } = await keys.change(
    "config",
    (known) => known === undefined ? made : undefined,
  );
  if (value.layout <= LAYOUT) return value;
  throw new AgentError(
    "failed",
    `The cluster has layout ${value.layout}, this manager knows ${LAYOUT}`,
    {
      hint: "run the version of the other managers",
    },
  );
}
