/**
 * Groups of agents and the configuration that the server has for them.
 *
 * @module
 */

/** The configuration file of a group, called `<name>.yml`. */
export interface GroupFile {
  /** Name of the group. */
  name: string;
  text: string;
}

/** The groups of an agent and their files, which are in force together. */
export interface StoredGroups {
  groups: readonly string[];
  /** In the order of the groups; a group without a file is left out. */
  files: readonly GroupFile[];
}
