/**
 * What the collector remembers of a file, as JSON.
 *
 * Kinds of keys: `<dev>:<ino>` (or `path:…` where there are no inodes) holds a {@linkcode
 * FileCheckpoint}; `location:<location>` says that a location of the configuration has been looked
 * at before, so that a file found there now appeared since; `folder:<path>` when a folder of logs had
 * last changed at the last scan, in milliseconds; `losses` counts groups with losses.
 *
 * Version 2 knows the bytes before the position, earlier contents of the same file, and how long the
 * file was. What version 1 remembered is taken over: its position holds, and it is checked by the
 * first kilobyte alone until the file is read on.
 *
 * @module
 */

import * as z from "zod";
import type { Checkpoint } from "../../../../shared/protocol/stored_events.ts";
import { LOSSES_KEY } from "../pending_group.ts";
import type { PastContent, Trace } from "./trace.ts";

const VERSION = 2;
const LOCATION_PREFIX = "location:";
const FOLDER_PREFIX = "folder:";

const count = z.int().min(0);
const fingerprint = z.object({ length: count, sha256: z.string() });
const marks = z.array(z.object({ offset: count, sha256: z.string() }));
const known = {
  log: z.string().min(1),
  path: z.string().min(1),
  dev: z.int(),
  ino: count.nullable(),
  born_ms: z.number().nullable(),
  order: count,
  offset: count,
  skipping: z.boolean(),
  fingerprint,
};
const firstSchema = z.object({ v: z.literal(1), ...known });
const schema = z.object({
  v: z.literal(VERSION),
  ...known,
  real: z.string().min(1),
  continuing: z.boolean(),
  done: z.array(z.tuple([count, count])).optional(),
  cut: z.array(z.string()).optional(),
  copied: count,
  own_to: count.default(0),
  copy_of: z.string().default(""),
  prefix_of: z.string().default(""),
  packed: z.boolean().default(false),
  marks_within: z.boolean().default(false),
  moved: z.boolean(),
  missed: z.boolean(),
  size: count,
  mtime_ms: z.number(),
  marks,
  past: z.array(
    z.object({
      fingerprint,
      marks,
      size: count.default(0),
      saved: count.default(0),
      told: z.boolean().default(true),
    }),
  ),
});

/** Where to go on in one file. */
export interface FileCheckpoint extends Omit<z.infer<typeof schema>, "v" | "past" | "marks"> {
  /** The log that it is a part of: the path where it was written, also once it is rotated. */
  log: string;
  /** Path under which its lines are reported; it may have been renamed since. */
  path: string;
  /** Where it lay when it was written as its log, links resolved. */
  real: string;
  /** The files of one log are read in this order. */
  order: number;
  /** Bytes done with. */
  offset: number;
  /** True when `offset` is inside a line that was cut. */
  skipping: boolean;
  /** True when `offset` is inside a line whose beginning was given unfinished. */
  continuing: boolean;
  /** Bytes behind `offset` that are done with, where lines of several streams are mixed. */
  done?: [from: number, to: number][] | undefined;
  /** Streams whose first line behind `offset` goes on with an event that was cut. */
  cut?: string[] | undefined;
  /** End of the bytes that were passed over because they stand in another file as well; 0 for none. */
  copied: number;
  /** Where those begin. */
  own_to: number;
  /** Key of the file in which they stand; empty for none. */
  copy_of: string;
  /** Key of a file that begins with all it has, while it waits for a decision; empty for none. */
  prefix_of: string;
  /** True for a compressed file, whose positions are those in what is in it. */
  packed: boolean;
  /** True when the rotation of its log gives names such as `app-1.log`. */
  marks_within: boolean;
  /** True once it left its path. */
  moved: boolean;
  /** True once the ledger says that it is gone with what was not read of it. */
  missed: boolean;
  /** Bytes when it was last looked at. */
  size: number;
  /**
   * When it was modified, as seen when it was last written as its log. Whatever its rotations made
   * before that has been looked at.
   */
  mtime_ms: number;
  /** The bytes before `offset`, and before earlier positions. */
  marks: Trace["marks"];
  /** What it held before it was truncated, oldest first. */
  past: readonly PastContent[];
}

/** What is left of the run before. */
export interface Remembered {
  files: Map<string, FileCheckpoint>;
  /** Locations looked at before. */
  locations: Set<string>;
  /** When folders had last changed at the last scan, in milliseconds, by path. */
  folders: Map<string, number>;
  /** Keys whose value cannot be understood. */
  damaged: string[];
}

/** The value of a file's checkpoint. */
export function serializeCheckpoint(checkpoint: FileCheckpoint): string {
  return JSON.stringify({ v: VERSION, ...checkpoint });
}

/** What a checkpoint knows of the content that was read. */
export function traceOf({ fingerprint, marks }: FileCheckpoint): Trace {
  return { fingerprint, marks };
}

/** The checkpoint that says that a location has been looked at. */
export function locationCheckpoint(location: string): Checkpoint {
  return { key: LOCATION_PREFIX + location, value: JSON.stringify({ v: VERSION }) };
}

/** The checkpoint that says when a folder had last changed. */
export function folderCheckpoint(folder: string, changedMs: number): Checkpoint {
  return { key: FOLDER_PREFIX + folder, value: String(changedMs) };
}

/**
 * Reads all checkpoints. One that is damaged is listed and left out: its file is then read from its
 * beginning.
 */
export function parseCheckpoints(checkpoints: ReadonlyMap<string, string>): Remembered {
  const remembered: Remembered = {
    files: new Map(),
    locations: new Set(),
    folders: new Map(),
    damaged: [],
  };
  for (const [key, value] of checkpoints) {
    // No file: the note of what the ledger was told.
    if (key === LOSSES_KEY) continue;
    if (key.startsWith(LOCATION_PREFIX)) {
      remembered.locations.add(key.slice(LOCATION_PREFIX.length));
      continue;
    }
    if (key.startsWith(FOLDER_PREFIX)) {
      remembered.folders.set(key.slice(FOLDER_PREFIX.length), Number(value));
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
  // Written by an older agent, whose places in the files are as good.
  if (!success) return parseFirstVersion(json);
  const { v: _version, ...checkpoint } = data;
  return checkpoint;
}

function parseFirstVersion(json: unknown): FileCheckpoint | undefined {
  const { success, data } = firstSchema.safeParse(json);
  if (!success) return undefined;
  const { v: _version, ...checkpoint } = data;
  return {
    ...checkpoint,
    real: checkpoint.log,
    continuing: false,
    copied: 0,
    own_to: 0,
    copy_of: "",
    prefix_of: "",
    packed: false,
    marks_within: false,
    moved: checkpoint.path !== checkpoint.log,
    missed: false,
    // The older form did not note it; as long as what was read it was at least.
    size: checkpoint.offset,
    mtime_ms: checkpoint.born_ms ?? 0,
    marks: [],
    past: [],
  };
}
