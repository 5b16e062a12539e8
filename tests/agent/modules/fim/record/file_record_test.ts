import assert from "node:assert/strict";
import { isRacy, isSameFile } from "../../../../../src/agent/modules/fim/record/file_record.ts";
import { status } from "../support/records.ts";

Deno.test("isSameFile: a change of a nanosecond, an owner, a link is one; another number of the mount is none", () => {
  const one = status();
  assert.equal(isSameFile(one, status({ mount: 29n })), true);
  const others = [
    { modifiedNs: one.modifiedNs + 1n },
    { changedNs: one.changedNs + 1n },
    { uid: 1 },
    { gid: 1 },
    { links: 2 },
    { size: 7 },
    { mode: 0o100600 },
    { inode: 1n },
    { device: "8:1" },
  ];
  for (const other of others) assert.equal(isSameFile(one, status(other)), false);
});

Deno.test("isRacy: a file that changed within two seconds before it was read, or by its time later, may change unseen", () => {
  const changedNs = 1_000_000_000_000n;
  assert.equal(isRacy({ changedNs }, 1_000_000 + 1_999), true);
  assert.equal(isRacy({ changedNs }, 1_000_000 + 2_001), false);
  assert.equal(isRacy({ changedNs }, 1_000_000 - 3_600_000), true, "the clock was set back");
});
