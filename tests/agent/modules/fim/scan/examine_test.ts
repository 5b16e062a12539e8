import assert from "node:assert/strict";
import { hash } from "node:crypto";
import { TempFolder } from "../../../../support/queues.ts";
import { compared } from "../support/compared.ts";
import { directory, rulesOf } from "../support/directories.ts";
import { OddTree } from "../support/odd_tree.ts";

Deno.test("Examiner: the hashes that a folder asks for are made, of small and of large files", () => {
  using folder = new TempFolder();
  const large = "0123456789abcdef".repeat(200_000);
  Deno.writeTextFileSync(folder.file("empty"), "");
  Deno.writeTextFileSync(folder.file("large"), large);
  const rules = rulesOf([directory(folder.path, { hashes: ["sha256", "sha1", "md5"] })]);
  const { files } = compared({ rules });
  for (const [name, text] of [["empty", ""], ["large", large]] as const) {
    assert.deepEqual(files.get(folder.file(name))?.hash, {
      md5: hash("md5", text),
      sha1: hash("sha1", text),
      sha256: hash("sha256", text),
    });
  }
});

Deno.test("Examiner: another list of hashes has files read again", () => {
  using folder = new TempFolder();
  Deno.writeTextFileSync(folder.file("a"), "one");
  const now = () => Date.now() + 60_000;
  const { stored } = compared({ rules: rulesOf([directory(folder.path)]), now });
  const rules = rulesOf([directory(folder.path, { hashes: ["sha1"] })]);
  assert.deepEqual(compared({ rules, stored, now }).found, [`put ${folder.file("a")}`]);
  assert.deepEqual(compared({ rules, stored, now }).found, []);
});

Deno.test("Examiner: a file that cannot be read is shown without hashes, counted, and tried again", () => {
  using folder = new TempFolder();
  Deno.writeTextFileSync(folder.file("a"), "one");
  const rules = rulesOf([directory(folder.path)]);
  const tree = new OddTree({ closedFiles: [folder.file("a")] });
  const { files, examined, stored } = compared({ rules, tree });
  assert.deepEqual(files.get(folder.file("a"))?.hash.sha256, null);
  assert.equal(examined.unreadable, 1);
  const again = compared({ rules, tree: new OddTree({}), stored });
  assert.equal(again.files.get(folder.file("a"))?.hash.sha256, hash("sha256", "one"));
});

Deno.test("Examiner: a file that changes while it is read is read three times, then shown without hashes", () => {
  using folder = new TempFolder();
  Deno.writeTextFileSync(folder.file("a"), "one");
  let reads = 0;
  const tree = new OddTree({
    beforeRead: (path) => Deno.writeTextFileSync(path, `${++reads} times`.padEnd(reads * 10)),
  });
  const { files, examined } = compared({ rules: rulesOf([directory(folder.path)]), tree });
  assert.equal(files.get(folder.file("a"))?.hash.sha256, null);
  assert.equal(examined.changing, 1);
  const once = new OddTree({
    beforeRead: (path) => reads++ < 100 && Deno.writeTextFileSync(path, "settled".padEnd(50)),
  });
  reads = 99;
  const settled = compared({ rules: rulesOf([directory(folder.path)]), tree: once });
  assert.equal(
    settled.files.get(folder.file("a"))?.hash.sha256,
    hash("sha256", "settled".padEnd(50)),
  );
});

Deno.test("Examiner: a sparse file of a terabyte is shown with its size, and not read", () => {
  using folder = new TempFolder();
  Deno.writeTextFileSync(folder.file("sparse"), "");
  Deno.truncateSync(folder.file("sparse"), 2 ** 40);
  const opened: string[] = [];
  const tree = new OddTree({ opened });
  const { files, examined } = compared({ rules: rulesOf([directory(folder.path)]), tree });
  assert.equal(files.get(folder.file("sparse"))?.size, 2 ** 40);
  assert.deepEqual([opened, examined.too_large], [[], 1]);
});

Deno.test("Examiner: a FIFO, a socket and a device are shown and never opened", async () => {
  if (Deno.build.os === "windows") return;
  using folder = new TempFolder();
  await new Deno.Command("mkfifo", { args: [folder.file("fifo")] }).output();
  using _socket = Deno.listen({ transport: "unix", path: folder.file("socket") });
  const opened: string[] = [];
  const tree = new OddTree({ opened });
  const { files } = compared({ rules: rulesOf([directory(folder.path)]), tree });
  assert.deepEqual([...files].map(([path, { type }]) => [path.slice(folder.path.length), type]), [
    ["", "dir"],
    ["/fifo", "fifo"],
    ["/socket", "socket"],
  ]);
  assert.deepEqual(opened, []);
  const device = compared({ rules: rulesOf([directory("/dev/null")]), tree });
  assert.equal(device.files.get("/dev/null")?.type, "char_device");
  assert.deepEqual(opened, []);
});
