/**
 * What the collector remembers of a file, as JSON.
 *
 * Two kinds of keys: `<dev>:<ino>` (or `path:…` where there are no inodes) holds a {@linkcode
 * FileCheckpoint}; `location:<location>` says that a location of the configuration has been looked
 * at before, so that a file found there now appeared since.
 *
 * @module
 */

import * as z from "zod";
import type { Checkpoint } from "../../../shared/protocol/stored_events.ts";

const VERSION = 1;
const LOCATION_PREFIX = "location:";

const count = z.int().min(0);
const schema = z.object({
  v: z.literal(VERSION),
  log: z.string().min(1),
  path: z.string().min(1),
  dev: z.int(),
  ino: count.nullable(),
  born_ms: z.number().nullable(),
  order: count,
  offset: count,
  skipping: z.boolean(),
  fingerprint: z.object({ length: count, sha256: z.string() }),
});

/** Where to go on in one file. */
export interface FileCheckpoint extends Omit<z.infer<typeof schema>, "v"> {
  /** The log that it is a part of: the path where it was written, also once it is rotated. */
  log: string;
  /** Path under which its lines are reported; it may have been renamed since. */
  path: string;
  /** The files of one log are read in this order. */
  order: number;
  /** Bytes done with. */
  offset: number;
  /** True when `offset` is inside a line that was cut. */
  skipping: boolean;
}

/** What is left of the run before. */
export interface Remembered {
  files: Map<string, FileCheckpoint>;
  /** Locations looked at before. */
  locations: Set<string>;
  /** Keys whose value cannot be understood. */
  damaged: string[];
}

/** The value of a file's checkpoint. */
export function serializeCheckpoint(checkpoint: FileCheckpoint): string {
  return JSON.stringify({ v: VERSION, ...checkpoint });
}

/** The checkpoint that says that a location has been looked at. */
export function locationCheckpoint(location: string): Checkpoint {
  return { key: LOCATION_PREFIX + location, value: JSON.stringify({ v: VERSION }) };
}

/**
 * Reads all checkpoints. One that is damaged is listed and left out: its file is then read from its
 * beginning.
 */
export function parseCheckpoints(checkpoints: ReadonlyMap<string, string>): Remembered {
  const remembered: Remembered = { files: new Map(), locations: new Set(), damaged: [] };
  for (const [key, value] of checkpoints) {
    if (key.startsWith(LOCATION_PREFIX)) {
      remembered.locations.add(key.slice(LOCATION_PREFIX.length));
      continue;
    }
    const checkpoint = parseFileCheckpoint(value);
    if (checkpoint === undefined) remembered.damaged.push(key);
    else remembered.files.set(key, checkpoint);
  }
  return remembered;
}

function parseFileCheckpoint(value: string): FileCheckpoint | undefined {
  let json: unknown;
  try {
    json = JSON.parse(value);
  } catch {
    return undefined;
  }
  const { success, data } = schema.safeParse(json);
  if (!success) return undefined;
  const { v: _version, ...checkpoint } = data;
  return checkpoint;
}
