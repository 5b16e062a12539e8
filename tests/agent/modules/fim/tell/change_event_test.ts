import assert from "node:assert/strict";
import { unpackDocument } from "../../../../../src/agent/modules/fim/record/document.ts";
import { type PackedRecord } from "../../../../../src/agent/modules/fim/record/record_codec.ts";
import {
  encodeChange,
  encodeLimitReached,
} from "../../../../../src/agent/modules/fim/tell/change_event.ts";
import { packRecord, record, status } from "../support/records.ts";

const fileOf = (members: Partial<PackedRecord> = {}) =>
  unpackDocument("/etc/motd", packRecord(record(members))).file;
const AT = Date.UTC(2026, 10, 25, 10);

function told(change: Partial<Parameters<typeof encodeChange>[0]>) {
  const text = encodeChange({
    path: "/etc/motd",
    before: undefined,
    after: undefined,
    tags: [],
    atMs: AT,
    ...change,
  });
  const [, header = "", data = ""] = text.split("\n");
  return { header: JSON.parse(header), data: JSON.parse(data) };
}

Deno.test("encodeChange: a change names its fields, and what they were", () => {
  const { header, data } = told({
    before: fileOf(),
    after: fileOf({
      status: status({ size: 9, mode: 0o100600 }),
      hashes: { sha256: new Uint8Array(32).fill(8) },
    }),
    tags: ["web"],
    contentChanges: "@@ …",
  });
  assert.deepEqual(header, { module: "fim", collector: "file" });
  assert.deepEqual(data.event, {
    action: "file-modified",
    category: ["file"],
    type: ["change"],
    created: "2026-11-25T10:00:00.000Z",
    changed_fields: ["file.hash.sha256", "file.mode", "file.size"],
    reason: "/etc/motd changed",
  });
  assert.deepEqual(data.file.previous, {
    hash: { sha256: "07".repeat(32) },
    mode: "0644",
    size: 6,
  });
  assert.deepEqual([data.file.tags, data.file.content_changes], [["web"], "@@ …"]);
});

Deno.test("encodeChange: what was added has what it is, what was deleted what it was", () => {
  const added = told({ after: fileOf() }).data;
  assert.deepEqual([added.event.action, added.event.type], ["file-added", ["creation"]]);
  assert.deepEqual(added.file, fileOf());
  const deleted = told({ before: fileOf() }).data;
  assert.deepEqual([deleted.event.action, deleted.event.type], ["file-deleted", ["deletion"]]);
  assert.deepEqual(deleted.file, fileOf());
});

Deno.test("encodeChange: a rename says from where, and who did it", () => {
  const { data } = told({
    after: fileOf(),
    renamedFrom: "/etc/old",
    actor: {
      pid: 812,
      name: "vi",
      commandLine: "vi /etc/motd",
      executable: "/usr/bin/vi",
      uid: 0,
      login: { uid: 1000, name: "ana" },
      parent: { pid: 800, name: "sudo" },
    },
  });
  assert.equal(data.event.action, "file-renamed");
  assert.equal(data.event.reason, "/etc/motd was renamed from /etc/old");
  assert.deepEqual(data.file.previous, { path: "/etc/old" });
  assert.deepEqual(data.process, {
    pid: 812,
    name: "vi",
    executable: "/usr/bin/vi",
    command_line: "vi /etc/motd",
    parent: { pid: 800, name: "sudo" },
    user: { id: "0" },
  });
  assert.deepEqual(data.user, { id: "1000", name: "ana" });
  const gone = {
    pid: 9,
    name: null,
    commandLine: null,
    executable: null,
    uid: null,
    login: null,
    parent: null,
  };
  assert.deepEqual(told({ after: fileOf(), actor: gone }).data.process, { pid: 9 });
});

Deno.test("encodeLimitReached: says where the most files are that are too many", () => {
  const [, , data = ""] = encodeLimitReached({ maxFiles: 5, directory: "/srv", atMs: AT })
    .split("\n");
  assert.equal(
    JSON.parse(data).event.reason,
    "There are more than 5 files, most of the rest in /srv",
  );
});
