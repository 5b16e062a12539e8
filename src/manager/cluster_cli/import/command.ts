/**
 * What `manager cluster import` is given and says.
 *
 * @module
 */

import type { ClusterLink } from "../../cluster/link/cluster_link.ts";
import { optionsFrom } from "../../config/manager_options.ts";
import type { ManagerConfig } from "../../config/schema.ts";
import { type Imported, importManager } from "./import_manager.ts";
import { SingleManager } from "./single_manager.ts";

const FIRST_LINE: Readonly<Record<Imported["outcome"], string>> = {
  "imported": "Imported:",
  "imported before": "This manager was imported before; nothing was changed. It has:",
  "dry run": "Would be imported; nothing was changed:",
};

/** Runs the command. */
export async function runImport(
  link: ClusterLink,
  { config, own }: { config: ManagerConfig; own: Readonly<Record<string, unknown>> },
): Promise<{ json: Imported; lines: string[] }> {
  using single = SingleManager.open(String(own.from));
  const imported = await importManager(link, {
    single,
    keeping: optionsFrom(config),
    dryRun: own.dryRun === true,
  });
  return { json: imported, lines: linesOf(imported) };
}

function linesOf({ outcome, counts, written, too_large, left_behind }: Imported): string[] {
  const rows = Object.entries(counts).map(([what, count]) =>
    `  ${what.replaceAll("_", " ").padEnd(18)} ${count}`
  );
  return [
    FIRST_LINE[outcome],
    ...rows,
    ...(outcome === "imported" ? [`Messages written: ${written}`] : []),
    ...(too_large > 0 ? [`Left behind: ${too_large} events that no message can hold`] : []),
    ...left_behind.map((what) => `Left behind: ${what}`),
  ];
}
