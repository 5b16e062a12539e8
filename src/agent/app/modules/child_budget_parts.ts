/**
 * What keeps the processes of modules within the bounds of the section `modules`.
 *
 * @module
 */

import type { Clock } from "../../../shared/clock.ts";
import type { AgentConfig } from "../../config/schema.ts";
import type { LibcLibrary } from "../../platform/libc/library.ts";
import { SystemFiles } from "../../platform/system_files.ts";
import { ChildBudget } from "../../process/child_budget.ts";

/** Builds it, by the options in force. */
export function createChildBudget(
  { library, clock, modules }: {
    library: LibcLibrary;
    clock: Clock;
    modules: () => AgentConfig["modules"];
  },
): ChildBudget {
  const files = new SystemFiles(library);
  return new ChildBudget({
    limits: () => ({ maxCpu: modules().max_cpu, maxMemoryBytes: modules().max_memory }),
    readText: (path) => files.readText(path),
    kill: (pid, signal) => Deno.kill(pid, signal),
    clock,
  });
}
