/** One entry of a package database, or of a file of accounts, that is not as it should be. */

import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { usersCollector } from "../../../../src/agent/modules/inventory/collectors/accounts.ts";
import { packagesCollector } from "../../../../src/agent/modules/inventory/collectors/packages.ts";
import { dpkgPackage } from "../../../support/dpkg_package.ts";
import { rpmHeader } from "../../../support/rpm_header.ts";
import { InventoryScene } from "./support/inventory_scene.ts";

const STATUS = "/var/lib/dpkg/status";

async function collected(scene: InventoryScene) {
  const context = {
    machine: scene.machine,
    schema: "6.0",
    signal: new AbortController().signal,
    nowMs: 0,
  } as const;
  const { items, problems } = await packagesCollector().collect(context);
  const packages = items.map(({ document }) => document.package as Record<string, string>);
  return { names: packages.map(({ name }) => name), packages, problems };
}

Deno.test("a paragraph of dpkg that describes no package takes nothing from the others, and deletes none", async () => {
  using scene = new InventoryScene();
  scene.write(STATUS, dpkgPackage("bash", "5.2-1") + dpkgPackage("odd", "1"));
  const module = scene.make();
  await scene.scan(module);
  const withoutVersion = "Package: odd\nStatus: install ok installed\n\n";
  scene.write(STATUS, withoutVersion + dpkgPackage("bash", "5.2-2"));
  await scene.scan(module);
  assert.deepEqual(scene.packages(), ["bash 5.2-2", "odd 1"]);
  assert.match(module.report().lastError ?? "", /line 1: package "odd" has no field Version/);
});

Deno.test("a database of dpkg that is cut off, or empty beside lists of files, deletes nothing", async () => {
  using scene = new InventoryScene();
  const whole = dpkgPackage("bash", "5.2-1") + dpkgPackage("nginx", "1.0");
  scene.write(STATUS, whole);
  const module = scene.make();
  await scene.scan(module);
  scene.write(STATUS, whole.slice(0, whole.lastIndexOf("installed")));
  await scene.scan(module);
  assert.match(module.report().lastError ?? "", /the text is cut off/);
  scene.write("/var/lib/dpkg/info/bash.list", "/bin/bash\n");
  scene.write(STATUS, "");
  await scene.scan(module);
  assert.match(module.report().lastError ?? "", /empty or gone while info\/ has lists/);
  assert.deepEqual(scene.packages(), ["bash 5.2-1", "nginx 1.0"]);
});

Deno.test("a machine with dpkg and no package of it has none, and that is no failure", async () => {
  using scene = new InventoryScene();
  scene.write(STATUS, "");
  assert.deepEqual((await collected(scene)).problems, []);
});

Deno.test("modules of Python and Node.js that are damaged take nothing from the others, and are named", async () => {
  using scene = new InventoryScene();
  const python = "/usr/lib/python3/dist-packages";
  scene.write(`${python}/a-1.dist-info/METADATA`, "Name: a\nVersion: 1\n");
  scene.write(`${python}/b-1.dist-info/METADATA`, "");
  scene.write(`${python}/c-1.dist-info/METADATA`, "Name: c\nVersion: 1\n");
  const node = "/usr/lib/node_modules";
  scene.write(`${node}/d/package.json`, "{");
  scene.write(`${node}/e/package.json`, '{"name":"e","version":"1"}');
  const { names, problems } = await collected(scene);
  assert.deepEqual(names, ["a", "c", "e"]);
  assert.equal(problems.length, 2);
  assert.match(problems[0] ?? "", /^pypi: ".*b-1\.dist-info\/METADATA": .* has no Name/);
  assert.match(problems[1] ?? "", /^npm: ".*d\/package\.json": /);
});

Deno.test("damaged entries of pacman, apk and rpm take nothing from the others", async () => {
  using scene = new InventoryScene();
  const local = "/var/lib/pacman/local";
  scene.write(`${local}/a-1/desc`, "%NAME%\na\n\n%VERSION%\n1\n");
  scene.write(`${local}/b-1/desc`, "");
  scene.write(`${local}/c-1/desc`, "%NAME%\nc\n");
  scene.write("/lib/apk/db/installed", "P:d\nV:1\n\nP:e\n\nP:f\nV:1\n\nP:g\nV:1");
  scene.write("/var/lib/rpm/rpmdb.sqlite", "");
  using database = new DatabaseSync(scene.machine.real("/var/lib/rpm/rpmdb.sqlite"));
  database.exec("CREATE TABLE Packages (hnum INTEGER PRIMARY KEY, blob BLOB)");
  const insert = database.prepare("INSERT INTO Packages (blob) VALUES (?)");
  insert.run("text");
  insert.run(rpmHeader({ name: "h", version: "1", release: "1" }));
  const { names, problems } = await collected(scene);
  assert.deepEqual(names, ["h", "d", "f", "a"]);
  assert.deepEqual(problems.map((text) => text.split(":")[0]), [
    "rpm",
    "apk",
    "apk",
    "pacman",
    "pacman",
  ]);
});

Deno.test("of many damaged entries the first are named, and the others counted", async () => {
  using scene = new InventoryScene();
  for (let index = 10; index < 30; index++) {
    scene.write(`/usr/lib/node_modules/m${index}/package.json`, "{");
  }
  const { problems } = await collected(scene);
  assert.equal(problems.length, 6);
  assert.equal(problems.at(-1), "npm: 15 more entries that cannot be understood");
});

Deno.test("a text of megabytes in a package database does not make a document of megabytes", async () => {
  using scene = new InventoryScene();
  scene.write(STATUS, dpkgPackage("long", "1".repeat(2_000_000)));
  const { packages: [long] } = await collected(scene);
  assert.match(long?.version ?? "", /^1+ \[cut: 2000000 bytes\]$/);
  assert.equal(long?.version?.length, 4096);
});

Deno.test("a file of users that is gone is no machine without users", async () => {
  using scene = new InventoryScene({ schema: "5.0" });
  scene.write("/etc/group", "root:x:0:\n");
  const context = {
    machine: scene.machine,
    schema: "5.0",
    signal: new AbortController().signal,
    nowMs: 0,
  } as const;
  await assert.rejects(
    async () => await usersCollector.collect(context),
    /passwd" is empty or gone/,
  );
});
