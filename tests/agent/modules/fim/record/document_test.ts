import assert from "node:assert/strict";
import { hash } from "node:crypto";
import { unpackDocument } from "../../../../../src/agent/modules/fim/record/document.ts";
import { type PackedRecord } from "../../../../../src/agent/modules/fim/record/record_codec.ts";
import { canonicalText } from "../../../../../src/shared/states/document_digest.ts";
import { packRecord, record, status } from "../support/records.ts";

function documentOf(path: string, members: Partial<PackedRecord> = {}): Record<string, unknown> {
  return unpackDocument(path, packRecord(record(members)));
}

const SHA256 = "07".repeat(32);

Deno.test("unpackDocument: schema 6.0 has all of its members, null for what a file has not", () => {
  assert.deepEqual(documentOf("/etc/motd"), {
    file: {
      attributes: [],
      gid: "0",
      group: "root",
      hash: { md5: null, sha1: null, sha256: SHA256 },
      inode: "4711",
      mode: "0644",
      mtime: "2026-11-18T11:06:40.123Z",
      name: "motd",
      owner: "root",
      path: "/etc/motd",
      size: 6,
      target_path: null,
      type: "file",
      uid: "0",
    },
    registry: { key: null, value: null },
  });
});

Deno.test("unpackDocument: schema 5.0 has other members, and the checksum over them in its order", () => {
  const document = documentOf("/etc/motd", { schema: "5.0" });
  const members = `6:/etc/motd:rw-r--r--::0:0:root:root:2026-11-18T11:06:40.123Z:4711:::${SHA256}`;
  assert.deepEqual(document, {
    checksum: { hash: { sha1: hash("sha1", members) } },
    file: {
      attributes: [],
      device: "65024",
      gid: "0",
      group: "root",
      hash: { md5: null, sha1: null, sha256: SHA256 },
      inode: "4711",
      mtime: "2026-11-18T11:06:40.123Z",
      owner: "root",
      path: "/etc/motd",
      permissions: ["rw-r--r--"],
      size: 6,
      uid: "0",
    },
  });
});

Deno.test("unpackDocument: its members are in canonical order already", () => {
  for (const schema of ["6.0", "5.0"] as const) {
    const document = documentOf("/a", { schema });
    assert.equal(JSON.stringify(document), canonicalText(document));
  }
});

Deno.test("unpackDocument: types, special modes, links and attributes are told", () => {
  const told = (mode: number, more: Partial<PackedRecord> = {}) => {
    const { file } = documentOf("/x", { status: status({ mode }), ...more }) as {
      file: Record<string, unknown>;
    };
    return [file.type, file.mode, file.target_path];
  };
  assert.deepEqual(told(0o104755), ["file", "4755", null]);
  assert.deepEqual(told(0o041777), ["dir", "1777", null]);
  assert.deepEqual(told(0o120777, { target: "../y" }), ["symlink", "0777", "../y"]);
  assert.deepEqual(told(0o010600), ["fifo", "0600", null]);
  assert.deepEqual(told(0o140600), ["socket", "0600", null]);
  assert.deepEqual(told(0o020600), ["char_device", "0600", null]);
  assert.deepEqual(told(0o060600), ["block_device", "0600", null]);
  const { file } = documentOf("/x", {
    status: status({ attributes: { immutable: true, append: true } }),
  }) as { file: Record<string, unknown> };
  assert.deepEqual(file.attributes, ["append", "immutable"]);
});

Deno.test("unpackDocument: permissions of schema 5.0 are those of ls, with the special bits", () => {
  const told = (mode: number) =>
    (documentOf("/x", { schema: "5.0", status: status({ mode }) }).file as {
      permissions: string[];
    }).permissions.join();
  assert.equal(told(0o104755), "rwsr-xr-x");
  assert.equal(told(0o102644), "rw-r-Sr--");
  assert.equal(told(0o041777), "rwxrwxrwt");
  assert.equal(told(0o100000), "---------");
});

Deno.test("unpackDocument: what happens in a folder is told of its entries, not by its time and size", () => {
  const told = (members: Parameters<typeof status>[0]) =>
    documentOf("/x", { hashes: {}, status: status({ mode: 0o040755, ...members }) });
  assert.deepEqual(told({ size: 4096 }), told({ size: 8192, modifiedNs: 1n }));
});

Deno.test("unpackDocument: a time that no date can be is the nearest that can", () => {
  const told = (modifiedNs: bigint) =>
    (documentOf("/x", { status: status({ modifiedNs }) }).file as { mtime: string }).mtime;
  assert.equal(told(2n ** 63n - 1n), "2262-04-11T23:47:16.854Z");
  assert.equal(told(-(2n ** 63n)), "1677-09-21T00:12:43.146Z");
});
