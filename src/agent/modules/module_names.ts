/**
 * Names of modules: each is a section of the configuration, a part of the database and a word on the command line.
 *
 * @module
 */

import type { Module } from "./module.ts";

/** Lower case words joined by `_`: it becomes the name of tables, metrics and environment variables. */
const NAME = /^[a-z][a-z0-9]*(_[a-z0-9]+)*$/;

/**
 * Checks the names of a registry against each other and against the sections of the agent itself.
 *
 * @throws {TypeError} naming the module: one would silently take the place of another, or of a section
 */
export function requireDistinctNames(
  modules: readonly Module[],
  sections: readonly string[],
): void {
  const taken = new Set<string>();
  for (const { name } of modules) {
    const shown = JSON.stringify(name);
    if (!NAME.test(name)) {
      throw new TypeError(`Module ${shown} must be called by lower case words joined by "_"`);
    }
    if (sections.includes(name)) {
      throw new TypeError(`Module ${shown} must not be called like a section of the agent`);
    }
    if (taken.has(name)) throw new TypeError(`Two modules are called ${shown}`);
    taken.add(name);
  }
}
