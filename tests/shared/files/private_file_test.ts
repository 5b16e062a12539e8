import assert from "node:assert/strict";
import { AgentError } from "../../../src/shared/errors.ts";
import {
  createOwnFile,
  openOwnFile,
  readOwnFile,
  requireOwnFile,
} from "../../../src/shared/files/private_file.ts";
import { TempFolder } from "../../support/queues.ts";

const onWindows = Deno.build.os === "windows";

interface Plant {
  why: RegExp;
  /** Puts something in the way at `path`; `target` is a file that must not be touched. */
  put(path: string, target: string): void;
}

const PLANTS: Record<string, Plant> = {
  "a link": { why: /is a symbolic link$/, put: (path, target) => Deno.symlinkSync(target, path) },
  "a link to nothing": {
    why: /is a symbolic link$/,
    put: (path, target) => Deno.symlinkSync(`${target}-new`, path),
  },
  "a second name": {
    why: /has a second name elsewhere$/,
    put: (path, target) => Deno.linkSync(target, path),
  },
  "a FIFO": {
    why: /is not a regular file$/,
    put: (path) => void new Deno.Command("mkfifo", { args: [path] }).outputSync(),
  },
  "a folder": { why: /is not a regular file$/, put: (path) => Deno.mkdirSync(path) },
};

const DOORS: Record<string, (path: string) => void> = {
  requireOwnFile,
  createOwnFile,
  readOwnFile,
  openOwnFile: (path) => openOwnFile(path).close(),
};

for (const [door, open] of Object.entries(DOORS)) {
  for (const [what, { why, put }] of Object.entries(PLANTS)) {
    Deno.test({
      name: `${door}() refuses ${what} in place of the file, and touches nothing`,
      ignore: onWindows,
      fn() {
        using folder = new TempFolder();
        Deno.writeTextFileSync(folder.file("target"), "precious");
        put(folder.file("own"), folder.file("target"));
        const before = [...Deno.readDirSync(folder.path)].length;
        assert.throws(() => open(folder.file("own")), (error) => {
          assert.ok(error instanceof AgentError);
          assert.match(error.message, why);
          assert.equal(error.code, "folder_unusable");
          return true;
        });
        assert.equal(Deno.readTextFileSync(folder.file("target")), "precious");
        assert.equal([...Deno.readDirSync(folder.path)].length, before);
      },
    });
  }
}

Deno.test({
  name:
    "requireOwnFile() refuses a file of another user, but not of its folder's owner (needs root)",
  ignore: onWindows || Deno.uid() !== 0,
  fn() {
    using folder = new TempFolder();
    createOwnFile(folder.file("own"));
    Deno.chownSync(folder.file("own"), 54_321, 54_321);
    assert.throws(() => requireOwnFile(folder.file("own")), /belongs to user 54321$/);
    Deno.chownSync(folder.path, 54_321, 54_321);
    requireOwnFile(folder.file("own"));
  },
});

Deno.test("createOwnFile() makes a file for its user only, and leaves one that is there", () => {
  using folder = new TempFolder();
  createOwnFile(folder.file("own"));
  if (!onWindows) assert.equal((Deno.statSync(folder.file("own")).mode ?? 0) & 0o777, 0o600);
  Deno.writeTextFileSync(folder.file("own"), "kept");
  createOwnFile(folder.file("own"));
  assert.equal(readOwnFile(folder.file("own")), "kept");
  assert.throws(() => readOwnFile(folder.file("other")), Deno.errors.NotFound);
});
