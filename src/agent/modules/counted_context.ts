/**
 * What a module is given, so that what it does with it is counted.
 *
 * @module
 */

import type { CountingSink } from "./counting_sink.ts";
import { meteredStates } from "./metered_states.ts";
import type { ModuleContext } from "./module.ts";
import type { ModuleCounts } from "./module_counts.ts";

/** A context whose sink, states and children count for one module. */
export function countedContext(
  context: ModuleContext,
  sink: CountingSink,
  counts: ModuleCounts,
): ModuleContext {
  const { children, states } = context;
  const { cpu } = counts;
  return {
    ...context,
    sink,
    cpu,
    ...(states && { states: meteredStates(states, cpu) }),
    ...(children && { children: counts.countedChildren(children) }),
  };
}
