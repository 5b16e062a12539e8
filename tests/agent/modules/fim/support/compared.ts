/**
 * One comparison of a tree with what is stored, by itself.
 *
 * @module
 */

import { unpackDocument } from "../../../../../src/agent/modules/fim/record/document.ts";
import type { PathRules } from "../../../../../src/agent/modules/fim/rules/path_rules.ts";
import { Comparison } from "../../../../../src/agent/modules/fim/scan/comparison.ts";
import { Examiner } from "../../../../../src/agent/modules/fim/scan/examine.ts";
import { Scope, type ScopePaths } from "../../../../../src/agent/modules/fim/scan/scope.ts";
import { StoredRows } from "../../../../../src/agent/modules/fim/scan/stored_rows.ts";
import { walk } from "../../../../../src/agent/modules/fim/scan/walker.ts";
import { Mounts } from "../../../../../src/agent/modules/fim/tree/mounts.ts";
import { openTree } from "../../../../../src/agent/modules/fim/tree/open_tree.ts";
import type { FileTree } from "../../../../../src/agent/modules/fim/tree/file_tree.ts";
import { LibcLibrary } from "../../../../../src/agent/platform/libc/library.ts";
import { compareKeys } from "../../../../../src/shared/states/key_order.ts";

interface CompareOptions {
  rules: PathRules;
  /** @default this machine's */
  tree?: FileTree;
  /** By path; what differs is put into it. @default nothing is stored */
  stored?: Map<string, Uint8Array>;
  scope?: ScopePaths;
  maxFileSize?: number;
  mounts?: Mounts;
  now?: () => number;
}

/** Compares; gives what was found, with the counts. */
export function compared(
  {
    rules,
    tree = openTree(new LibcLibrary()),
    stored = new Map(),
    scope,
    maxFileSize = 2 ** 30,
    mounts = new Mounts(""),
    now = Date.now,
  }: CompareOptions,
) {
  const examiner = new Examiner(
    { schema: "6.0", maxFileSize, rehashIntervalMs: 7 * 86_400_000 },
    { now },
  );
  const part = new Scope(scope);
  const rows = [...stored].map(([key, data]) => ({ key, data }))
    .sort((one, other) => compareKeys(one.key, other.key));
  const comparison = new Comparison({
    steps: walk({ tree, rules, mounts, scope: part }),
    rows: new StoredRows(
      ({ from, until }, limit) =>
        rows.filter(({ key }) =>
          compareKeys(key, from) >= 0 && (until === undefined || compareKeys(key, until) < 0)
        ).slice(0, limit),
      part.ranges(),
    ),
    examiner,
    room: Infinity,
  });
  const found = [...comparison.differences()].filter((difference) => difference !== undefined);
  for (const difference of found) {
    if (difference.kind === "missing") stored.delete(difference.path);
    else stored.set(difference.path, difference.data);
  }
  return {
    found: found.map(({ kind, path }) => `${kind} ${path}`),
    files: new Map(
      [...stored].map(([path, data]) => [
        path,
        unpackDocument(path, data).file as Record<string, unknown> & {
          hash: { sha256: string | null };
        },
      ]),
    ),
    counts: comparison.counts,
    examined: examiner.counts,
    stored,
  };
}
