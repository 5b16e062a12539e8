/**
 * Around a collector that may have to be given up while it is stuck: should it wake up again, it can store nothing any more, so that
 * what its successor read as well does not come twice.
 *
 * @module
 */

import type { EventSink } from "./collector.ts";
import type { ModuleContext } from "./module.ts";

/** A way into the queue that can be closed. */
export class Fence {
  /** What the collector is made with. */
  readonly context: ModuleContext;
  #isClosed = false;

  constructor(context: ModuleContext) {
    const { sink, tables } = context;
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
