/**
 * Every collector there is: a new one is added here and nowhere else.
 *
 * @module
 */

import type { Collector, CollectorDeps } from "./collector.ts";
import { Logcollector } from "./logcollector/logcollector.ts";

/** The part of the configuration that the collectors are built from. Durations in milliseconds. */
export interface CollectorsConfig {
  logcollector: {
    enabled: boolean;
    start_at: "end" | "beginning";
    read_interval: number;
    reload_interval: number;
    localfiles: readonly { location: string; exclude: readonly string[] }[];
  };
}

/** Builds the collectors that the configuration turns on. Nothing is started. */
export function createCollectors(
  { logcollector }: CollectorsConfig,
  deps: CollectorDeps,
): Collector[] {
  const collectors: Collector[] = [];
  if (logcollector.enabled) {
    collectors.push(
      new Logcollector({
        localfiles: logcollector.localfiles,
        startAt: logcollector.start_at,
        readIntervalMs: logcollector.read_interval,
        reloadIntervalMs: logcollector.reload_interval,
      }, deps),
    );
  }
  return collectors;
}
