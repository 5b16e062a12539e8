import assert from "node:assert/strict";
import { BoundPaths } from "../../../../../src/agent/modules/fim/realtime/bound_paths.ts";
import { Mounts } from "../../../../../src/agent/modules/fim/tree/mounts.ts";

const mounts = new Mounts([
  "1 0 8:1 / / rw - ext4 /dev/sda1 rw",
  "2 1 8:1 /srv/data /mnt/data rw - ext4 /dev/sda1 rw",
  "3 1 8:2 / /home rw - ext4 /dev/sda2 rw",
  "4 1 8:3 /sub /only rw - btrfs /dev/sdb rw",
  "5 1 8:3 / /all rw - btrfs /dev/sdb rw",
].join("\n"));

Deno.test("BoundPaths: a file has a path under each mount that shows it", () => {
  const bound = new BoundPaths(mounts);
  assert.deepEqual(bound.all("/srv/data/a/b"), ["/srv/data/a/b", "/mnt/data/a/b"]);
  assert.deepEqual(bound.all("/mnt/data"), ["/mnt/data", "/srv/data"]);
  assert.deepEqual(bound.all("/etc/passwd"), ["/etc/passwd"]);
  assert.deepEqual(bound.all("/home/ana"), ["/home/ana"]);
  assert.deepEqual(bound.all("/all/sub/x"), ["/all/sub/x", "/only/x"]);
  assert.deepEqual(bound.all("/only/x"), ["/only/x", "/all/sub/x"]);
});

Deno.test("BoundPaths: a folder has entries that are mounted elsewhere, or has none", () => {
  const bound = new BoundPaths(mounts);
  assert.equal(bound.hasMountedEntries("/srv"), true);
  assert.equal(bound.hasMountedEntries("/srv/data"), false);
  assert.equal(bound.hasMountedEntries("/all"), true);
  assert.equal(bound.hasMountedEntries("/home"), false);
  assert.equal(bound.hasMountedEntries("/"), false);
});
