/**
 * Looks at paths that were named, as a scan of nothing else.
 *
 * @module
 */

import { setImmediate as nextTurn } from "node:timers/promises";
import { typeOf } from "../record/file_record.ts";
import { readMark } from "../record/record_codec.ts";
import type { PathRules } from "../rules/path_rules.ts";
import { Comparison, type Difference } from "../scan/comparison.ts";
import type { Examiner } from "../scan/examine.ts";
import { rangeBelow, Scope, type ScopePaths } from "../scan/scope.ts";
import { type ReadPage, StoredRows } from "../scan/stored_rows.ts";
import { type Met, walk } from "../scan/walker.ts";
import type { FileTree } from "../tree/file_tree.ts";
import type { Mounts } from "../tree/mounts.ts";
import { childPath, folderOf } from "../rules/paths.ts";
import type { DueChange } from "./pending_changes.ts";
import { fileOf, fileOfStatus } from "./renames.ts";

interface ExaminationDeps {
  tree: FileTree;
  mounts: Mounts;
  rules: PathRules;
  readPage: ReadPage;
  examiner: Examiner;
  /** So many new things are taken. */
  room: number;
  signal: AbortSignal;
}

/** What was found. */
interface Examination {
  differences: Difference[];
  /** Paths that are too much work here: large files, and folders with much in them. */
  left: string[];
}

/** Larger files are read by a child. */
const MAX_BYTES = 4 * 1024 * 1024;
/** So much of what is below folders is looked at here. */
const MAX_BELOW = 5_000;
/** So long others wait for their turn, in milliseconds. */
const SLICE_MS = 15;
const PAGE = 1_000;

/**
 * Looks at paths. What they are is compared with what is stored; folders that are new, or came under another name, are looked into.
 *
 * @throws the signal's reason when aborted
 */
export async function examine(
  due: readonly DueChange[],
  deps: ExaminationDeps,
): Promise<Examination> {
  const shallow = due.flatMap((one) => [
    one.path,
    ...(one.hasNewEntries ? entriesOf(one.path, deps) : []),
  ]);
  const first = await compare({ shallow }, deps, NOTHING_KNOWN);
  const deep = foldersToEnter(due, first.differences);
  if (deep.length === 0) return first;
  const known = knownFiles(first.differences, deep, deps.readPage);
  const second = await compare({ deep }, deps, known);
  const paths = new Set(second.differences.map(({ path }) => path));
  return {
    // What was found of a path the second time is newer.
    differences: [
      ...first.differences.filter(({ path }) => !paths.has(path)),
      ...second.differences,
    ],
    left: [...first.left, ...second.left],
  };
}

/** By what it is: the record of a file that is, or was, under another name. */
type KnownFiles = ReadonlyMap<string, Uint8Array>;

const NOTHING_KNOWN: KnownFiles = new Map();

/** Compares some paths. When there is too much below the deep ones, those are left as a whole. */
async function compare(
  paths: ScopePaths,
  { tree, mounts, rules, readPage, examiner, room, signal }: ExaminationDeps,
  known: KnownFiles,
): Promise<Examination> {
  const scope = new Scope(paths);
  const left: string[] = [];
  const comparison = new Comparison({
    steps: walk({ tree, rules, mounts, scope }),
    rows: new StoredRows(readPage, scope.ranges()),
    examiner,
    room,
    movedFrom: (met) => known.get(fileOfStatus(met.status)),
    defers: (met) => isLarge(met) && left.push(met.path) > 0,
  });
  const differences: Difference[] = [];
  let sliceMs = performance.now();
  for (const difference of comparison.differences()) {
    if (difference !== undefined) differences.push(difference);
    if (paths.deep !== undefined && tooMany(differences, comparison)) {
      return { differences: [], left: [...paths.deep] };
    }
    if (performance.now() - sliceMs < SLICE_MS) continue;
    await nextTurn();
    signal.throwIfAborted();
    sliceMs = performance.now();
  }
  return { differences, left };
}

function tooMany(differences: readonly Difference[], { counts }: Comparison): boolean {
  return differences.length > MAX_BELOW || counts.items > MAX_BELOW;
}

function isLarge({ status }: Met): boolean {
  return typeOf(status) === "file" && status.size > MAX_BYTES;
}

/** What a folder holds now, and what is stored of it: for when nobody said which entry changed. */
function entriesOf(path: string, { tree, readPage }: ExaminationDeps): string[] {
  const folder = tree.openFolder(path);
  const entries = folder?.entries() ?? [];
  folder?.close();
  const stored = readPage(rangeBelow(path), PAGE).map(({ key }) => key)
    .filter((key) => folderOf(key) === path);
  return [...entries.map(({ name }) => childPath(path, name)), ...stored];
}

/** Folders of which it does not follow from the paths that were named what is below them. */
function foldersToEnter(due: readonly DueChange[], found: readonly Difference[]): string[] {
  const isFolder = (data: Uint8Array | undefined) =>
    data !== undefined && typeOf(readMark(data).status) === "dir";
  const changed = found.filter((difference) => {
    const { before } = difference;
    if (difference.kind === "missing") return isFolder(before);
    if (!isFolder(difference.data)) return isFolder(before);
    return before === undefined || fileOf(before) !== fileOf(difference.data);
  });
  const moved = due.filter(({ move, isFolder }) => move !== undefined && isFolder);
  return [...new Set([...changed, ...moved].map(({ path }) => path))];
}

/** What is known of files that are gone from where they were. */
function knownFiles(
  found: readonly Difference[],
  folders: readonly string[],
  readPage: ReadPage,
): KnownFiles {
  const known = new Map<string, Uint8Array>();
  for (const { kind, before } of found) {
    if (kind === "missing" && before !== undefined) known.set(fileOf(before), before);
  }
  for (const folder of folders) {
    const rows = new StoredRows(readPage, [rangeBelow(folder)]);
    for (let row = rows.next; row !== undefined && known.size < MAX_BELOW; row = rows.next) {
      known.set(fileOf(row.data), row.data);
      rows.take();
    }
  }
  return known;
}
