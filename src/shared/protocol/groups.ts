/**
 * Groups of agents and the configuration that the server has for them.
 *
 * @module
 */

/** Most groups of an agent. */
export const MAX_GROUPS = 128;

/** The name of a group, which is the name of a file too: what `set-group` takes and what registers are the same. */
export const GROUP_NAME = /^(?!\.)[A-Za-z0-9._-]{1,128}$/;

/** What {@linkcode GROUP_NAME} is, in words that follow "must be". */
export const GROUP_NAME_RULE = "1 to 128 letters, digits and ._- without a dot in front";

/** The configuration file of a group, called `<name>.yml`. */
export interface GroupFile {
  /** Name of the group. */
  name: string;
  text: string;
  /** What its server said beside it of who signed it: see `signing/signed_orders.ts`. */
  signature?: string;
}

/**
 * How the configuration of the groups stands with the server.
 *
 * - `none`: the agent is in no group.
 * - `pending`: the server was not asked yet.
 * - `current`: at the last try the server had what is in force.
 * - `failing`: the last try failed; the last good files are in force.
 * - `not_allowed`: this machine does not let the server have configuration fetched.
 * - `unknown`: no agent runs.
 */
export type SharedConfigState =
  | "none"
  | "pending"
  | "current"
  | "failing"
  | "not_allowed"
  | "unknown";

/** A group's file that is in force. */
export interface GroupFileReport {
  /** Name of the group. */
  group: string;
  bytes: number;
  /** When it came: ISO 8601, UTC. */
  stored_at: string;
}

/** The files of the groups that are in force, and since when. */
export interface GroupFilesReport {
  files: GroupFileReport[];
  /** When the server last had the same: ISO 8601, UTC; `null` when there are no files. */
  confirmed_at: string | null;
}

/** The groups of an agent and their files, which are in force together. */
export interface StoredGroups {
  groups: readonly string[];
  /** In the order of the groups; a group without a file is left out. */
  files: readonly GroupFile[];
}
