/**
 * What a file of `tests/fuzz/targets/` exports as `target`: the file is all that a new target needs.
 *
 * @module
 */

import type fc from "fast-check";

/** One border across which something comes from outside. */
export interface FuzzTarget {
  /** What is tried, and what must hold, in plain words. */
  about: string;
  /** Its share of all cases, relative to the others: what is cheap and has many forms gets more. */
  weight: number;
  /** Makes what the cases need. */
  open(): OpenTarget | Promise<OpenTarget>;
}

/** A target that is ready. */
interface OpenTarget {
  /** What holds for every case. */
  // deno-lint-ignore no-explicit-any -- each target has cases of its own kind, which nobody else looks at
  property: fc.IPropertyWithHooks<any> | fc.IAsyncPropertyWithHooks<any>;
  /** Gives back what the target holds. */
  close?(): Promise<void> | void;
}
