/**
 * What options must satisfy together, once each is right by itself.
 *
 * @module
 */

import type { Platform } from "./platform.ts";

/** A condition on some options of a configuration. */
export interface Rule<Config> {
  /** The options that it is about; the first one that was given is the one at fault. */
  paths: readonly string[];
  /** What would be right, to follow `<path> is <value>, `, or `undefined` when it is. */
  check(config: Config, platform: Platform): string | undefined;
}
