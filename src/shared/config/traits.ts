/**
 * What is said of an option beside its values: who may set it, where it exists, and when a change
 * takes effect. Each field carries its own; a section gives its fields what they leave open.
 *
 * @module
 */

import type { Platform } from "./platform.ts";

/** Properties of a field, or of every field of a section that does not say otherwise. */
export interface Traits {
  /** Whether a change takes effect while the program runs. @default false */
  live?: boolean;
  /**
   * Whether the file of a group may set it: a server must not be able to send the agent elsewhere,
   * to let itself run scripts, or to have events dropped. @default false
   */
  shareable?: boolean;
  /**
   * Whether the file of a group may only give more of it than holds without the file, unless the machine allows less: a server must
   * not be able to take away what the machine's owner turned on. @default false
   */
  neverLess?: boolean;
  /** The only operating systems that have it. @default all */
  platforms?: readonly Platform[];
}

/** {@linkcode Traits} with nothing left open. */
export interface FullTraits {
  live: boolean;
  shareable: boolean;
  neverLess: boolean;
  platforms: readonly Platform[] | undefined;
}

/** Only the traits of an object that may say more. */
export function traitsIn({ live, shareable, neverLess, platforms }: Traits): Traits {
  return {
    ...(live !== undefined && { live }),
    ...(shareable !== undefined && { shareable }),
    ...(neverLess !== undefined && { neverLess }),
    ...(platforms !== undefined && { platforms }),
  };
}

/** The traits of a field in a section: its own before those of the section. */
export function fullTraits(field: Traits, section: Traits): FullTraits {
  return {
    live: field.live ?? section.live ?? false,
    shareable: field.shareable ?? section.shareable ?? false,
    neverLess: field.neverLess ?? section.neverLess ?? false,
    platforms: field.platforms ?? section.platforms,
  };
}

/** The keys of a field's metadata that are no part of a JSON Schema. */
export const TRAIT_KEYS = ["kind", "live", "shareable", "neverLess", "platforms"] as const;
