/**
 * Where the files for agents are kept: the configurations of groups.
 *
 * @module
 */

/** A file as it is now. */
export interface KeptFile {
  content: Uint8Array<ArrayBuffer>;
  /** Milliseconds since 1970. */
  changedMs: number;
}

/** Keeps files. Names have been checked: they lead out of nowhere. */
export interface Files {
  /** The file of this name; `undefined` when there is none. */
  get(name: string): Promise<KeptFile | undefined>;
  /** Puts a file in one step: an agent is handed the old one or the new one, never half of it. */
  put(name: string, content: Uint8Array): Promise<void>;
}
