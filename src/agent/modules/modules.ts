/**
 * The registry as a list.
 *
 * @module
 */

import type { Module } from "./module.ts";
import * as registry from "./registry.ts";

/** A module of the registry, with its name and its options. */
export type RegisteredModule = (typeof registry)[keyof typeof registry];

/** Every module, by name. */
export const MODULES: readonly Module[] = Object.values(registry);
