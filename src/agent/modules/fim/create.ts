/**
 * Builds the collector.
 *
 * @module
 */

import { LibcLibrary } from "../../platform/libc/library.ts";
import { SystemFiles } from "../../platform/system_files.ts";
import { mayRun } from "../../process/drop_permissions.ts";
import type { ModuleContext } from "../module.ts";
import type { StateKeeper } from "../states.ts";
import { COLLECTOR } from "./commit/changes.ts";
import { Fim } from "./fim.ts";
import type { FimOptions } from "./options.ts";
import { scanInChild } from "./scan/child_scan.ts";
import { runScan } from "./scan/run_scan.ts";
import type { RunJob } from "./scan/scanner.ts";
import { Mounts } from "./tree/mounts.ts";
import { openTree } from "./tree/open_tree.ts";

/** Builds it. Nothing happens yet. */
export function createFim(options: FimOptions, context: ModuleContext): Fim {
  const { states } = context;
  if (states === undefined) throw new Error("The agent keeps no states");
  const library = new LibcLibrary();
  return new Fim(options, {
    context: { ...context, states },
    library,
    runJob: scanSomewhere(context, { library, states }),
  });
}

/** In a child, or in slices here where the agent may start no programs. */
function scanSomewhere(
  { places, clock, children }: ModuleContext,
  { library, states }: { library: LibcLibrary; states: StateKeeper },
): RunJob {
  return async function* (job, signal) {
    if (places !== undefined && await mayRun()) {
      return yield* scanInChild({ ...job, database: places.database }, { clock, children, signal });
    }
    const files = new SystemFiles(library);
    yield* runScan(job, {
      tree: openTree(library),
      mounts: new Mounts(files.readText("/proc/self/mountinfo") ?? ""),
      readPage: ({ from, until = "\u{10ffff}" }, limit) =>
        states.range(COLLECTOR, { from, until }, limit).flatMap(({ key, data }) =>
          typeof data === "string" ? [] : [{ key, data }]
        ),
      stored: states.count(COLLECTOR),
      clock,
      signal,
    });
  };
}
