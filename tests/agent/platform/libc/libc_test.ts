import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { LibcError } from "../../../../src/agent/platform/libc/libc.ts";
import type { Libc } from "../../../../src/agent/platform/libc/libc.ts";
import { LibcLibrary } from "../../../../src/agent/platform/libc/library.ts";
import { LIBC_PATHS } from "../../../../src/agent/platform/libc/symbols.ts";
import { TempFolder } from "../../../support/queues.ts";

const library = new LibcLibrary();

function opened(): Libc {
  if (library.libc === undefined) throw new Error(`no libc: ${library.missing}`);
  return library.libc;
}

/** A name that is no UTF-8. */
const RAW_NAME = Uint8Array.from([0x61, 0xff, 0xfe, 0x62]);

function raw(folder: string, name: Uint8Array): Uint8Array {
  return new Uint8Array(Buffer.concat([Buffer.from(`${folder}/`), name]));
}

Deno.test("Libc.readFile reads a file of /proc, which has no size, and of /sys", () => {
  const status = new TextDecoder().decode(opened().readFile("/proc/self/status"));
  assert.match(status, new RegExp(`^Pid:\\t${Deno.pid}$`, "m"));
  assert.ok(opened().readFolder("/sys/class").length > 0);
});

Deno.test("Libc.readFile reads a file that is longer than its buffer, and no more than maxBytes", () => {
  using folder = new TempFolder();
  const content = new Uint8Array(200_001).map((_, index) => index % 251);
  Deno.writeFileSync(folder.file("long"), content);
  assert.deepEqual(opened().readFile(folder.file("long")), content);
  const part = opened().readFile(folder.file("long"), { maxBytes: 70_000 });
  assert.deepEqual(part, content.subarray(0, 70_000));
});

Deno.test("Libc.readFolder gives names as bytes, with their types, also those that are no UTF-8", () => {
  using folder = new TempFolder();
  Deno.mkdirSync(folder.file("folder"));
  Deno.symlinkSync("nowhere", folder.file("link"));
  // Only the C library can name such a file; the shell passes bytes on.
  const printed = new Deno.Command("sh", {
    args: ["-c", `: > "$1/$(printf 'a\\377\\376b')"`, "sh", folder.path],
  }).outputSync();
  assert.ok(printed.success);
  const entries = opened().readFolder(folder.path)
    .map(({ name, type }) => [Buffer.from(name).toString("latin1"), type])
    .sort();
  assert.deepEqual(entries, [["a\xff\xfeb", "file"], ["folder", "folder"], ["link", "link"]]);
  assert.equal(opened().stat(raw(folder.path, RAW_NAME)).size, 0);
  assert.deepEqual(opened().readFile(raw(folder.path, RAW_NAME)), new Uint8Array());
  new Deno.Command("sh", { args: ["-c", `rm -- "$1"/a*`, "sh", folder.path] }).outputSync();
});

Deno.test("Libc.readFolder gives all names of a folder that needs several calls", () => {
  using folder = new TempFolder();
  const names = Array.from({ length: 3_000 }, (_, index) => `${index}`.padStart(60, "n"));
  for (const name of names) Deno.writeTextFileSync(folder.file(name), "");
  const found = opened().readFolder(folder.path).map(({ name }) => new TextDecoder().decode(name));
  assert.deepEqual(found.sort(), names.sort());
});

Deno.test("Libc.stat tells times in nanoseconds, owner, links, inode and mount of the link itself", () => {
  using folder = new TempFolder();
  Deno.writeTextFileSync(folder.file("file"), "12345", { mode: 0o640 });
  Deno.linkSync(folder.file("file"), folder.file("other"));
  Deno.symlinkSync("file", folder.file("link"));
  new Deno.Command("touch", {
    args: ["-d", "2001-02-03 04:05:06.123456789 UTC", folder.file("file")],
  })
    .outputSync();
  const status = opened().stat(folder.file("file"));
  const known = Deno.lstatSync(folder.file("file"));
  assert.equal(status.modifiedNs, 981_173_106_123_456_789n);
  assert.deepEqual(
    [status.size, status.mode, status.uid, status.gid, status.links, Number(status.inode)],
    [5, known.mode, known.uid, known.gid, 2, known.ino],
  );
  assert.ok(status.changedNs > status.modifiedNs);
  assert.equal(opened().stat(folder.file("link")).mode & 0o170000, 0o120000);
  assert.equal(opened().stat(folder.file("link"), { follow: true }).inode, status.inode);
  assert.match(status.device, /^\d+:\d+$/);
});

Deno.test("Libc.open does not follow a link at the end, and does not wait for the writer of a FIFO", () => {
  using folder = new TempFolder();
  Deno.symlinkSync("/etc/passwd", folder.file("link"));
  new Deno.Command("mkfifo", { args: [folder.file("fifo")] }).outputSync();
  assert.throws(() => opened().open(folder.file("link")), LibcError);
  assert.equal(opened().readFile(folder.file("fifo")).length, 0);
});

Deno.test("Libc tells which call failed for which path, and refuses a zero byte in a path", () => {
  assert.throws(() => opened().readFile("/no/such/file"), {
    name: "LibcError",
    message: 'Cannot openat "/no/such/file"',
  });
  assert.throws(() => opened().stat("/etc\0/passwd"), TypeError);
});

Deno.test("LibcLibrary says what is missing where there is no library, and works without it", () => {
  const none = new LibcLibrary(["/no/such/libc.so.6"]);
  assert.equal(none.libc, undefined);
  assert.match(none.missing ?? "", /no glibc at the known paths/);
  const denied = new LibcLibrary(["/etc/passwd"]);
  assert.equal(denied.missing, "the permission is missing: --allow-ffi=/etc/passwd");
  assert.equal(library.missing, undefined);
});

Deno.test("the permissions of deno.json name the paths of the library, and no others", () => {
  const { permissions } = JSON.parse(Deno.readTextFileSync("deno.json"));
  assert.deepEqual(permissions.agent.ffi, LIBC_PATHS);
});
