/**
 * Around a collector that may have to be given up while it is stuck: should it wake up again, it can store nothing any more, so that
 * what its successor read as well does not come twice.
 *
 * @module
 */

import type { EventSink } from "./collector.ts";
import type { ModuleContext } from "./module.ts";
import type { StateKeeper } from "./states.ts";

/** A way into the queue that can be closed. */
export class Fence {
  /** What the collector is made with. */
  readonly context: ModuleContext;
  #isClosed = false;

  constructor(context: ModuleContext) {
    const { sink, states, tables } = context;
    const fenced: EventSink = {
      append: async (group, signal) => {
        this.#check();
        await sink.append(group, signal);
      },
      checkpoints: () => sink.checkpoints(),
    };
    this.context = {
      ...context,
      sink: fenced,
      ...(states && { states: fencedStates(states, () => this.#check()) }),
      tables: {
        transact: async (work) => {
          this.#check();
          return await tables.transact(work);
        },
      },
    };
  }

  /** Lets nothing through any more. */
  close(): void {
    this.#isClosed = true;
  }

  #check(): void {
    if (this.#isClosed) {
      throw new Error("This collector was given up, and another one is in its place");
    }
  }
}

/** What a scan under way would still commit does not get through either: each of its steps is checked. */
function fencedStates(states: StateKeeper, check: () => void): StateKeeper {
  return {
    get schema() {
      return states.schema;
    },
    documentId: (text) => states.documentId(text),
    page: (collector, afterKey, limit) => states.page(collector, afterKey, limit),
    range: (collector, keys, limit) => states.range(collector, keys, limit),
    count: (collector) => states.count(collector),
    plan: (collector, nextScanAtMs) => states.plan(collector, nextScanAtMs),
    apply: async (...args) => {
      check();
      await states.apply(...args);
    },
    scan: async (collector, items, options) => {
      check();
      return await states.scan(collector, checked(items, check), options);
    },
    beginScan: async (...args) => {
      check();
      const scan = await states.beginScan(...args);
      return {
        isFirst: scan.isFirst,
        put: async (items) => {
          check();
          await scan.put(items);
        },
        missing: async (keys) => {
          check();
          await scan.missing(keys);
        },
        finish: async (end) => {
          check();
          return await scan.finish(end);
        },
        end: () => scan.end(),
      };
    },
    drop: async (...args) => {
      check();
      return await states.drop(...args);
    },
  };
}

async function* checked<T>(items: Iterable<T> | AsyncIterable<T>, check: () => void) {
  for await (const item of items) {
    check();
    yield item;
  }
}
