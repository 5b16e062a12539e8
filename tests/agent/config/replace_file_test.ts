import assert from "node:assert/strict";
import { join } from "node:path";
import { replaceFile } from "../../../src/agent/config/replace_file.ts";
import { TempFolder } from "../../support/queues.ts";

const isWindows = Deno.build.os === "windows";

Deno.test("replaceFile() keeps the mode and leaves nothing else behind", () => {
  using folder = new TempFolder();
  const path = folder.file("agent.yaml");
  Deno.writeTextFileSync(path, "old", { mode: 0o640 });
  if (!isWindows) Deno.chmodSync(path, 0o640);
  replaceFile(path, "new");
  assert.equal(Deno.readTextFileSync(path), "new");
  if (!isWindows) assert.equal((Deno.statSync(path).mode ?? 0) & 0o777, 0o640);
  assert.deepEqual([...Deno.readDirSync(folder.file(""))].map(({ name }) => name), ["agent.yaml"]);
});

Deno.test("replaceFile() keeps the owner (as root, who may give files away)", () => {
  if (isWindows || Deno.uid() !== 0) return;
  using folder = new TempFolder();
  const path = folder.file("agent.yaml");
  Deno.writeTextFileSync(path, "old");
  Deno.chownSync(path, 12, 34);
  replaceFile(path, "new");
  const { uid, gid } = Deno.statSync(path);
  assert.deepEqual([uid, gid], [12, 34]);
});

Deno.test("replaceFile() replaces what a link leads to, not the link", () => {
  if (isWindows) return;
  using folder = new TempFolder();
  const [real, link] = [folder.file("real.yaml"), folder.file("agent.yaml")];
  Deno.writeTextFileSync(real, "old");
  Deno.symlinkSync(real, link);
  replaceFile(link, "new");
  assert.equal(Deno.lstatSync(link).isSymlink, true);
  assert.equal(Deno.readTextFileSync(real), "new");
});

Deno.test("replaceFile() makes a file that is not there, with its folder", () => {
  using folder = new TempFolder();
  const path = join(folder.file("etc"), "agent", "agent.yaml");
  replaceFile(path, "new");
  assert.equal(Deno.readTextFileSync(path), "new");
});

Deno.test("replaceFile() leaves the old file alone when it cannot write beside it", () => {
  using folder = new TempFolder();
  const path = folder.file("agent.yaml");
  Deno.mkdirSync(path);
  assert.throws(() => replaceFile(path, "new"));
  assert.deepEqual([...Deno.readDirSync(folder.file(""))].map(({ name }) => name), ["agent.yaml"]);
});
