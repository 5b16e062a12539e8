import assert from "node:assert/strict";
import { findRenames } from "../../../../../src/agent/modules/fim/realtime/renames.ts";
import type { Difference } from "../../../../../src/agent/modules/fim/scan/comparison.ts";
import { packRecord, record, status } from "../support/records.ts";

const file = (inode: bigint) => packRecord(record({ status: status({ inode }) }));
const gone = (path: string, inode: bigint): Difference => ({
  kind: "missing",
  path,
  before: file(inode),
});
const made = (path: string, inode: bigint): Difference => ({
  kind: "put",
  path,
  data: file(inode),
  text: undefined,
});

function renames(differences: readonly Difference[], moves: Record<string, number>) {
  const due = Object.entries(moves).map(([path, move]) => ({ path, move, lastMs: 0 }));
  return Object.fromEntries(findRenames(differences, due));
}

Deno.test("findRenames: the same file under a new name, by the number of its move", () => {
  const found = [gone("/a", 1n), made("/b", 1n), gone("/c", 2n), made("/d", 2n)];
  assert.deepEqual(renames(found, { "/a": 7, "/b": 7, "/c": 8, "/d": 9 }), { "/b": "/a" });
});

Deno.test("findRenames: a number of a file that was given out again is no move", () => {
  assert.deepEqual(renames([gone("/a", 1n), made("/b", 1n)], {}), {});
});

Deno.test("findRenames: what is below a folder moved with it", () => {
  const found = [gone("/x", 1n), gone("/x/f", 2n), made("/y", 1n), made("/y/f", 2n)];
  assert.deepEqual(renames(found, { "/x": 3, "/y": 3 }), { "/y": "/x", "/y/f": "/x/f" });
});

Deno.test("findRenames: of two new names of a file one is the old one's", () => {
  const found = [gone("/a", 1n), made("/b", 1n), made("/c", 1n)];
  assert.deepEqual(renames(found, { "/a": 0, "/b": 0, "/c": 0 }), { "/b": "/a" });
});
