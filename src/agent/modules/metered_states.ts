/**
 * Has the comparison of a module's states count as the module's own work.
 *
 * @module
 */

import type { CpuMeter } from "../../shared/cpu_meter.ts";
import type { StateKeeper } from "./states.ts";

/** `states`, whose work `cpu` measures. */
export function meteredStates(states: StateKeeper, cpu: CpuMeter): StateKeeper {
  return {
    get schema() {
      return states.schema;
    },
    documentId: (text) => states.documentId(text),
    page: (...args) => states.page(...args),
    range: (...args) => states.range(...args),
    count: (collector) => states.count(collector),
    plan: (...args) => states.plan(...args),
    drop: (...args) => states.drop(...args),
    apply: (collector, changes, context) => states.apply(collector, changes, { ...context, cpu }),
    scan: (collector, items, options) => states.scan(collector, items, { ...options, cpu }),
    beginScan: (collector, context) => states.beginScan(collector, { ...context, cpu }),
  };
}
