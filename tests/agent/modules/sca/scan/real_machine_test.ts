/** Files of this machine as rules see them: odd ones, many, and those that a server must not have read. */

import assert from "node:assert/strict";
import { FileAccess } from "../../../../../src/agent/modules/sca/scan/file_access.ts";
import { machineFor } from "../../../../../src/agent/modules/sca/scan/policy_machine.ts";
import { RealMachine } from "../../../../../src/agent/modules/sca/scan/real_machine.ts";
import { LibcLibrary } from "../../../../../src/agent/platform/libc/library.ts";
import { TempFolder } from "../../../../support/queues.ts";

const noCommands = () => assert.fail();

/** By the C library, and without it. */
const WAYS = [
  ["with the C library", new FileAccess()],
  ["without the C library", new FileAccess(new LibcLibrary([]))],
] as const;

for (const [how, files] of WAYS) {
  Deno.test(`RealMachine reads files only, and none that is too large, ${how}`, async () => {
    if (Deno.build.os === "windows") return;
    using folder = new TempFolder();
    const machine = new RealMachine(files, noCommands);
    const path = (name: string) => folder.file(name);
    Deno.writeTextFileSync(path("text"), "one\n");
    Deno.writeFileSync(path("binary"), Uint8Array.of(0, 255, 10, 65));
    Deno.symlinkSync(path("text"), path("link"));
    Deno.symlinkSync(path("loop"), path("loop"));
    await new Deno.Command("mkfifo", { args: [path("fifo")] }).output();
    using large = Deno.openSync(path("large"), { create: true, write: true });
    large.truncateSync(16 * 1024 * 1024 + 1);
    const seen = (name: string) => {
      const content = machine.readFile(path(name));
      return "text" in content ? content.text : content.missing.replace(folder.path, "");
    };
    assert.deepEqual(["text", "binary", "link"].map(seen), ["one\n", "\0\ufffd\nA", "one\n"]);
    assert.deepEqual(["loop", "fifo", "large", "none", "."].map(seen), [
      "there is no file /loop",
      "/fifo is no file",
      "/large is larger than 16 MiB",
      "there is no file /none",
      "/. is no file",
    ]);
    const kinds = ["text", "link", ".", "fifo", "none"].map((name) => machine.kindOf(path(name)));
    assert.deepEqual(kinds, ["file", "file", "folder", "other", "absent"]);
  });

  Deno.test(`RealMachine finds the files below a folder without following links, ${how}`, () => {
    if (Deno.build.os === "windows") return;
    using folder = new TempFolder();
    const machine = new RealMachine(files, noCommands);
    Deno.mkdirSync(folder.file("a/b"), { recursive: true });
    for (const name of ["z", "a/y", "a/b/x", "a/.hidden"]) {
      Deno.writeTextFileSync(folder.file(name), "");
    }
    Deno.symlinkSync(folder.path, folder.file("a/up"));
    Deno.symlinkSync(folder.file("z"), folder.file("a/link"));
    const found = machine.filesBelow(`${folder.path}/`);
    assert.ok("paths" in found);
    const names = found.paths.map((path) => path.slice(folder.path.length));
    assert.deepEqual(names, ["/a/.hidden", "/a/b/x", "/a/y", "/z"]);
    const expanded = machine.expand(`${folder.path}/a/*`).map((path) =>
      path.slice(folder.path.length)
    );
    assert.deepEqual(expanded, ["/a/b", "/a/link", "/a/up", "/a/y"]);
    assert.deepEqual(machine.expand(`${folder.path}/n*/x`), []);
  });
}

Deno.test("RealMachine reads a file once", () => {
  using folder = new TempFolder();
  const machine = new RealMachine(new FileAccess(), noCommands);
  Deno.writeTextFileSync(folder.file("a"), "first");
  const first = machine.readFile(folder.file("a"));
  Deno.writeTextFileSync(folder.file("a"), "second");
  assert.deepEqual(machine.readFile(folder.file("a")), first);
});

Deno.test("machineFor() keeps from a policy of the server what may hold secrets, by whatever path", () => {
  if (Deno.build.os === "windows") return;
  using folder = new TempFolder();
  using own = new TempFolder();
  const inner = new RealMachine(new FileAccess(), noCommands);
  const bounds = { machine: inner, ownFolders: [own.path], remoteFiles: ["/**"] };
  const machine = machineFor({ isRemote: true }, bounds);
  Deno.writeTextFileSync(folder.file("plain"), "text");
  Deno.writeTextFileSync(folder.file("server.key"), "secret");
  Deno.writeTextFileSync(own.file("agent.db"), "secret");
  Deno.symlinkSync(folder.file("server.key"), folder.file("innocent"));
  Deno.symlinkSync("/proc/self/environ", folder.file("environ"));
  const isRead = (path: string) => "text" in machine.readFile(path);
  assert.ok(isRead(folder.file("plain")));
  const kept = [
    folder.file("server.key"),
    folder.file("innocent"),
    folder.file("environ"),
    own.file("agent.db"),
    `${folder.path}/../${own.path.slice(own.path.lastIndexOf("/") + 1)}/agent.db`,
    "/etc/shadow",
    "/etc/../etc/shadow",
    "/proc/self/environ",
    "/proc/sys/../self/environ",
    "/proc/self/root/etc/shadow",
    "/etc/\\x73hadow",
    "/etc/\\x2e\\x2e/etc/shadow",
    "/proc/sys/\\x2e\\x2e/self/environ",
    folder.file("server\\x2ekey"),
    "/etc/shadow\0/../../proc/sys/a",
  ];
  assert.deepEqual(kept.filter(isRead), []);
  const localMachine = machineFor({ isRemote: false }, bounds);
  assert.ok("text" in localMachine.readFile(folder.file("server.key")));
});

Deno.test("machineFor() lets a policy of the server read what the kernel says of itself", () => {
  if (Deno.build.os !== "linux") return;
  const machine = machineFor({ isRemote: true }, {
    machine: new RealMachine(new FileAccess(), noCommands),
    ownFolders: [],
    remoteFiles: [],
  });
  assert.deepEqual(machine.readFile("/proc/sys/kernel/ostype"), { text: "Linux\n" });
});

Deno.test("machineFor() shows a policy of the server nothing outside of the files that this machine lets it see", () => {
  if (Deno.build.os === "windows") return;
  using folder = new TempFolder();
  using other = new TempFolder();
  const machine = machineFor({ isRemote: true }, {
    machine: new RealMachine(new FileAccess(), noCommands),
    ownFolders: [],
    remoteFiles: [`${folder.path}/**`],
  });
  Deno.mkdirSync(folder.file("sub"));
  for (const path of [folder.file("sub/a"), other.file("b")]) Deno.writeTextFileSync(path, "text");
  Deno.symlinkSync(other.file("b"), folder.file("out"));
  const missing = (path: string) => ({
    missing: `${path} is outside of sca.remote_files of this machine`,
  });
  assert.deepEqual(machine.readFile(folder.file("sub/a")), { text: "text" });
  assert.deepEqual(machine.kindOf(folder.path), "folder");
  for (const path of [other.file("b"), other.file("none"), folder.file("out")]) {
    assert.deepEqual([machine.readFile(path), machine.kindOf(path)], [
      missing(path),
      missing(path),
    ]);
  }
  assert.deepEqual(machine.filesBelow(other.path), missing(other.path));
  assert.deepEqual(machine.filesBelow(folder.path), { paths: [folder.file("sub/a")] });
  assert.deepEqual(machine.expand(`${other.path}/*`), []);
  assert.deepEqual(machine.expand(`${folder.path}/*`), [folder.file("sub")]);
});
