/**
 * A configuration that was loaded, and how it came about.
 *
 * @module
 */

import type { Place } from "./given.ts";

/** What loading a configuration gives. */
export interface Loaded<Config> {
  config: Config;
  /** The file that was read; `undefined` when there was none. */
  file: string | undefined;
  /** Where the value of each option comes from, by path and in the order of the schema. */
  places: Map<string, Place>;
  /** What is worth saying and no reason to stop, one line each. */
  warnings: string[];
}
