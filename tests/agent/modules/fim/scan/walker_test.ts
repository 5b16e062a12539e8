import assert from "node:assert/strict";
import { Mounts } from "../../../../../src/agent/modules/fim/tree/mounts.ts";
import { TempFolder } from "../../../../support/queues.ts";
import { compared } from "../support/compared.ts";
import type { FileTree, OpenFolder } from "../../../../../src/agent/modules/fim/tree/file_tree.ts";
import { status } from "../support/records.ts";
import { directory, rulesOf } from "../support/directories.ts";
import { OddTree } from "../support/odd_tree.ts";

/** The paths of a folder that are met under these options. */
function met(folder: TempFolder, options: Parameters<typeof directory>[1] = {}): string[] {
  const { found } = compared({ rules: rulesOf([directory(folder.path, options)]) });
  return found.map((one) => one.slice(`put ${folder.path}`.length));
}

function make(folder: TempFolder, ...paths: string[]): void {
  for (const path of paths) {
    Deno.mkdirSync(folder.file(path.slice(0, path.lastIndexOf("/"))), { recursive: true });
    Deno.writeTextFileSync(folder.file(path), "x");
  }
}

Deno.test("walk: paths come in the order of their bytes, a folder's entries after names that go on with less than a slash", () => {
  using folder = new TempFolder();
  make(folder, "/a/x", "/a.b", "/a-", "/a0", "/ab/y", "/B", "/é", "/\u{1f600}", "/\uff5e");
  assert.deepEqual(met(folder), [
    "",
    "/B",
    "/a",
    "/a-",
    "/a.b",
    "/a/x",
    "/a0",
    "/ab",
    "/ab/y",
    "/é",
    "/\uff5e",
    "/\u{1f600}",
  ]);
});

Deno.test("walk: recursion_level, exclude and restrict bound what is met", () => {
  using folder = new TempFolder();
  make(folder, "/a.conf", "/b.txt", "/d/c.conf", "/d/e/f.conf", "/skip/g.conf");
  assert.deepEqual(met(folder, { recursionLevel: 0 }), ["", "/a.conf", "/b.txt", "/d", "/skip"]);
  assert.deepEqual(met(folder, { recursionLevel: 1, exclude: ["skip"] }), [
    "",
    "/a.conf",
    "/b.txt",
    "/d",
    "/d/c.conf",
    "/d/e",
  ]);
  assert.deepEqual(met(folder, { restrict: "*.conf", exclude: ["skip"] }), [
    "/a.conf",
    "/d/c.conf",
    "/d/e/f.conf",
  ]);
});

Deno.test("walk: what is left out is not even opened", () => {
  using folder = new TempFolder();
  make(folder, "/in/a", "/out/b");
  const entered: string[] = [];
  const tree = new OddTree({ beforeOpenFolder: (path) => entered.push(path) });
  const rules = rulesOf([directory(folder.path)], { exclude: [folder.file("out")] });
  compared({ rules, tree });
  assert.ok(entered.includes(folder.file("in")));
  assert.ok(!entered.includes(folder.file("out")));
});

Deno.test("walk: a watched folder within one that is left out is walked all the same, at its place", () => {
  using folder = new TempFolder();
  make(folder, "/a/x", "/out/keep/y", "/out/z", "/p");
  const rules = rulesOf([directory(folder.path), directory(folder.file("out/keep"))], {
    exclude: [folder.file("out")],
  });
  const { found } = compared({ rules });
  assert.deepEqual(found.map((one) => one.slice(`put ${folder.path}`.length)), [
    "",
    "/a",
    "/a/x",
    "/out/keep",
    "/out/keep/y",
    "/p",
  ]);
});

Deno.test("walk: links are told and not followed; followed ones are what they lead to, and circles end", () => {
  using folder = new TempFolder();
  make(folder, "/real/f");
  Deno.symlinkSync("real", folder.file("link"));
  Deno.symlinkSync("..", folder.file("real/up"));
  Deno.symlinkSync("self", folder.file("self"));
  Deno.symlinkSync("nowhere", folder.file("dangling"));
  assert.deepEqual(met(folder), [
    "",
    "/dangling",
    "/link",
    "/real",
    "/real/f",
    "/real/up",
    "/self",
  ]);
  const rules = rulesOf([directory(folder.path, { followSymlinks: true })]);
  const { files } = compared({ rules });
  const told = [...files].map(([path, { type, target_path }]) => [
    path.slice(folder.path.length),
    type,
    target_path,
  ]);
  assert.deepEqual(told, [
    ["", "dir", null],
    ["/dangling", "symlink", "nowhere"],
    ["/link", "dir", "real"],
    ["/link/f", "file", null],
    ["/link/up", "dir", ".."],
    ["/real", "dir", null],
    ["/real/f", "file", null],
    ["/real/up", "dir", ".."],
    ["/self", "symlink", "self"],
  ]);
});

Deno.test("walk: a folder that cannot be read is told, and what was below it stays as it was", () => {
  using folder = new TempFolder();
  make(folder, "/closed/a", "/closed/sub/b", "/closed.x", "/open/c");
  const rules = rulesOf([directory(folder.path)]);
  const { stored } = compared({ rules });
  Deno.removeSync(folder.file("open/c"));
  const tree = new OddTree({ closedFolders: [folder.file("closed")] });
  const { found, counts } = compared({ rules, tree, stored });
  assert.deepEqual(found.filter((one) => one.startsWith("missing")), [
    `missing ${folder.file("open/c")}`,
  ]);
  assert.deepEqual([counts.unseen, counts.firstUnseen], [1, folder.file("closed")]);
});

Deno.test("walk: a folder that vanishes while it is walked is gone, and nothing else", () => {
  using folder = new TempFolder();
  make(folder, "/a/x", "/b/y", "/c/z");
  const rules = rulesOf([directory(folder.path)]);
  const { stored } = compared({ rules });
  const tree = new OddTree({
    beforeOpenFolder(path) {
      if (path === folder.file("b")) Deno.removeSync(path, { recursive: true });
    },
  });
  const { found, counts } = compared({ rules, tree, stored });
  assert.deepEqual(found.filter((one) => one.startsWith("missing")), [
    `missing ${folder.file("b/y")}`,
  ]);
  assert.equal(counts.unseen, 0);
});

Deno.test("walk: what the kernel shows as files, and what lies on other machines, is not walked", () => {
  const text = [
    "22 1 0:21 / /proc rw - proc proc rw",
    "30 1 0:30 / /mnt/nfs rw shared:1 - nfs4 host:/x rw",
    "31 1 0:31 / /run rw - tmpfs tmpfs rw",
    "32 1 0:32 / /var/lib/x\\040y rw - ext4 /dev/x rw",
  ].join("\n");
  const mounts = new Mounts(text);
  const whyNot = (id: bigint, network = false) => mounts.whyNot(id, { network });
  assert.deepEqual([whyNot(22n), whyNot(30n), whyNot(31n), whyNot(32n)], [
    "proc",
    "nfs4",
    "tmpfs",
    undefined,
  ]);
  assert.equal(whyNot(30n, true), undefined);
  assert.equal(mounts.all[3]?.point, "/var/lib/x y");
  if (Deno.build.os !== "linux") return;
  const { found } = compared({
    rules: rulesOf([directory("/proc")]),
    mounts: new Mounts("1 0 0:1 / / rw - ext4 /dev/x rw\n" + mountInfo()),
  });
  assert.deepEqual(found, ["put /proc"]);
});

function mountInfo(): string {
  const { stdout } = new Deno.Command("/bin/cat", { args: ["/proc/self/mountinfo"] }).outputSync();
  return new TextDecoder().decode(stdout);
}

Deno.test("walk: of a part only that is looked at, and only that can be missing", () => {
  using folder = new TempFolder();
  make(folder, "/a/x", "/a/y", "/a.b", "/b/z");
  const rules = rulesOf([directory(folder.path)]);
  const { stored } = compared({ rules });
  for (const name of ["a/x", "a/y", "a.b", "b/z"]) Deno.removeSync(folder.file(name));
  const shallow = compared({
    rules,
    stored: new Map(stored),
    scope: { shallow: [folder.file("a"), folder.file("a/x")] },
  });
  assert.deepEqual(
    shallow.found,
    [`put ${folder.file("a")}`, `missing ${folder.file("a/x")}`],
  );
  const deep = compared({ rules, stored, scope: { deep: [folder.file("a")] } });
  assert.deepEqual(deep.found.slice(1), [
    `missing ${folder.file("a/x")}`,
    `missing ${folder.file("a/y")}`,
  ]);
});

/** A folder `/watched` of so many empty files. */
function folderOf(names: readonly string[]): FileTree {
  const folder = status({ mode: 0o040755, inode: 1n });
  const files = new Map(names.map((name, index) => [name, BigInt(index + 3)]));
  const inside: OpenFolder = {
    status: () => folder,
    entries: () => names.map((name) => ({ name, type: "other" })),
    statusOf: (name) => {
      const inode = files.get(name);
      return inode === undefined ? undefined : status({ inode, size: 0 });
    },
    readLink: () => undefined,
    openFile: () => undefined,
    openFolder: () => undefined,
    close: () => {},
  };
  const outside: OpenFolder = {
    ...inside,
    statusOf: (name) => name === "watched" ? folder : undefined,
    openFolder: (name) => name === "watched" ? inside : undefined,
  };
  return { openFolder: (path) => path === "/" ? outside : undefined };
}

Deno.test("walk: of 100,000 files in one folder one that is gone and one that is new are found", () => {
  const names = Array.from({ length: 100_000 }, (_, index) => `f${String(index).padStart(6, "0")}`);
  const rules = rulesOf([directory("/watched", { hashes: [] })]);
  const { found, stored } = compared({ rules, tree: folderOf(names.toReversed()) });
  assert.equal(found.length, 100_001);
  const changed = [...names.filter((name) => name !== "f077777"), "new"];
  const again = compared({ rules, tree: folderOf(changed), stored });
  assert.deepEqual(
    again.found.filter((one) => !one.startsWith("put /watched/f")),
    ["missing /watched/f077777", "put /watched/new"],
  );
});
