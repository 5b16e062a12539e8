/** The module as a whole: scans over made-up machines, with a real queue and a server of documents. */

import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { packagesCollector } from "../../../../src/agent/modules/inventory/collectors/packages.ts";
import { RealMachine } from "../../../../src/agent/modules/inventory/machine.ts";
import { dpkgPackage } from "../../../support/dpkg_package.ts";
import { rpmHeader } from "../../../support/rpm_header.ts";
import { InventoryScene } from "./support/inventory_scene.ts";

const STATUS = "/var/lib/dpkg/status";

Deno.test("a first scan creates documents with exactly the members of schema 6.0, and tells nobody", async () => {
  using scene = new InventoryScene();
  scene.write(STATUS, dpkgPackage("nginx", "1.22.1-9"));
  await scene.scan(scene.make());
  const [document] = scene.shown();
  assert.match(String(document?.["@timestamp"]), /^\d{4}-/);
  assert.deepEqual(document?.package, {
    architecture: "amd64",
    description: "the nginx",
    installed: null,
    name: "nginx",
    path: null,
    size: 10_240,
    type: "deb",
    version: "1.22.1-9",
  });
  const [event] = scene.states.server.events;
  assert.deepEqual(event?.header.operation, "create");
  // SHA-1 of "0190a0b0-0000-7000-8000-000000000001:nginx:1.22.1-9:amd64:deb:".
  assert.equal(
    event?.header.id,
    await sha1("0190a0b0-0000-7000-8000-000000000001:nginx:1.22.1-9:amd64:deb:"),
  );
  assert.deepEqual(await scene.told(), []);
});

Deno.test("schema 5.0 has its own members, ids without the agent, checksum and version", async () => {
  using scene = new InventoryScene({ schema: "5.0" });
  scene.write(STATUS, dpkgPackage("nginx", "1.22.1-9", "Multi-Arch: foreign\nSection: httpd\n"));
  await scene.scan(scene.make({ users: false, groups: false, services: false }));
  const [document = {}] = scene.shown();
  assert.deepEqual(Object.keys(document).sort(), ["checksum", "package", "state"]);
  assert.deepEqual(document.package, {
    architecture: "amd64",
    category: "httpd",
    description: "the nginx",
    installed: null,
    multiarch: "foreign",
    name: "nginx",
    path: null,
    priority: null,
    size: 10_240,
    source: null,
    type: "deb",
    vendor: null,
    version: "1.22.1-9",
  });
});

Deno.test("a package that comes, changes and goes is seen at the server and told to people", async () => {
  using scene = new InventoryScene();
  scene.write(STATUS, dpkgPackage("bash", "5.2-1"));
  const module = scene.make();
  await scene.scan(module);
  scene.write(STATUS, dpkgPackage("bash", "5.2-1") + dpkgPackage("nginx", "1.0"));
  await scene.scan(module);
  assert.deepEqual(scene.packages(), ["bash 5.2-1", "nginx 1.0"]);
  scene.write(STATUS, dpkgPackage("bash", "5.2-1") + dpkgPackage("nginx", "1:1.1"));
  await scene.scan(module);
  assert.deepEqual(scene.packages(), ["bash 5.2-1", "nginx 1:1.1"]);
  scene.write(STATUS, dpkgPackage("bash", "5.2-1"));
  await scene.scan(module);
  assert.deepEqual(scene.packages(), ["bash 5.2-1"]);
  const told = await scene.told() as { event: Record<string, unknown>; package: object }[];
  assert.deepEqual(told.map(({ event }) => [event.action, event.type, event.reason]), [
    ["package-installed", ["installation"], "Package nginx (version 1.0) was installed"],
    ["package-updated", ["change"], "Package nginx (version 1:1.1) was updated"],
    ["package-removed", ["deletion"], "Package nginx (version 1:1.1) was removed"],
  ]);
  assert.deepEqual(told[1]?.event.changed_fields, ["package.version"]);
  assert.deepEqual((told[1]?.package as { previous: unknown }).previous, { version: "1.0" });
});

Deno.test("nonsense in a package database keeps all that was known, gives a reason, and is mended by itself", async () => {
  using scene = new InventoryScene();
  scene.write(STATUS, dpkgPackage("bash", "5.2-1") + dpkgPackage("nginx", "1.0"));
  scene.write("/lib/apk/db/installed", "P:musl\nV:1.2\n\n");
  const module = scene.make();
  await scene.scan(module);
  const before = scene.packages();
  scene.write(STATUS, `${dpkgPackage("other", "1")}\0\0nonsense\n`);
  scene.write("/lib/apk/db/installed", "P:musl\nV:1.3\n\n");
  await scene.scan(module);
  assert.deepEqual(before, ["bash 5.2-1", "musl 1.2", "nginx 1.0"]);
  assert.deepEqual(scene.packages(), ["bash 5.2-1", "musl 1.3", "nginx 1.0"]);
  const [problem] = module.report().problems ?? [];
  assert.equal(problem?.subject, "packages");
  assert.match(problem?.message ?? "", /deb: ".*status": line 8: expected "Name: value"/);
  scene.write(STATUS, dpkgPackage("other", "1"));
  await scene.scan(module);
  assert.deepEqual(scene.packages(), ["musl 1.3", "other 1"]);
  assert.deepEqual(module.report().problems, []);
});

Deno.test("a database that dpkg has half replaced deletes nothing", async () => {
  using scene = new InventoryScene();
  scene.write(STATUS, dpkgPackage("bash", "5.2-1"));
  const module = scene.make();
  await scene.scan(module);
  scene.write("/var/lib/dpkg/status-old", dpkgPackage("bash", "5.2-1"));
  scene.remove(STATUS);
  await scene.scan(module);
  scene.write(STATUS, "");
  await scene.scan(module);
  assert.deepEqual(scene.packages(), ["bash 5.2-1"]);
  assert.match(module.report().lastError ?? "", /dpkg is at work, or was interrupted/);
});

Deno.test("a FIFO in the place of a database is a reason, and nobody waits for it", async () => {
  using scene = new InventoryScene();
  scene.write("/var/lib/dpkg/other", "");
  await new Deno.Command("mkfifo", { args: [scene.machine.real(STATUS)] }).output();
  const module = scene.make();
  await scene.scan(module);
  assert.match(module.report().lastError ?? "", /it is not a regular file/);
});

Deno.test("architectures side by side, and names with colons, are documents of their own", async () => {
  using scene = new InventoryScene();
  const twin = (architecture: string) =>
    dpkgPackage("libc6", "2.36").replace("amd64", architecture);
  scene.write(
    STATUS,
    twin("amd64") + twin("i386") + dpkgPackage("a:b", "c") + dpkgPackage("a", "1:2"),
  );
  await scene.scan(scene.make());
  assert.deepEqual(scene.packages(), ["a 1:2", "a:b c", "libc6 2.36", "libc6 2.36"]);
  assert.equal(new Set(scene.states.server.events.map(({ header }) => header.id)).size, 4);
});

Deno.test("packages are read again only when a database changed, when asked, or after a day", async () => {
  using scene = new InventoryScene();
  scene.write(STATUS, dpkgPackage("bash", "5.2-1"));
  const module = scene.make();
  const stop = new AbortController();
  const running = module.run(stop.signal);
  const reads = () => scene.machine.reads.filter((path) => path === STATUS).length;
  const hour = async () => {
    await scene.clock.advance(3_600_000);
    await scene.states.deliver();
  };
  await scene.states.deliver();
  assert.equal(reads(), 1);
  await hour();
  await hour();
  assert.equal(reads(), 1);
  scene.write(STATUS, dpkgPackage("bash", "5.2-2"));
  await hour();
  assert.equal(reads(), 2);
  assert.deepEqual(scene.packages(), ["bash 5.2-2"]);
  for (let count = 0; count < 24; count++) await hour();
  assert.equal(reads(), 3);
  await module.scan(stop.signal);
  assert.equal(reads(), 4);
  stop.abort();
  await running;
});

Deno.test("rpm packages come out of rpmdb.sqlite, several versions of a kernel side by side, and a damaged database deletes none", async () => {
  using scene = new InventoryScene();
  const path = "/var/lib/rpm/rpmdb.sqlite";
  scene.write(path, "");
  const fill = (...versions: string[]) => {
    using database = new DatabaseSync(scene.machine.real(path));
    database.exec(
      "DROP TABLE IF EXISTS Packages; CREATE TABLE Packages (hnum INTEGER PRIMARY KEY AUTOINCREMENT, blob BLOB NOT NULL)",
    );
    const insert = database.prepare("INSERT INTO Packages (blob) VALUES (?)");
    for (const version of versions) {
      insert.run(rpmHeader({ name: "kernel", version, release: "1.el9", architecture: "x86_64" }));
    }
  };
  fill("5.14.0", "5.15.0");
  const module = scene.make();
  await scene.scan(module);
  assert.deepEqual(scene.packages(), ["kernel 5.14.0-1.el9", "kernel 5.15.0-1.el9"]);
  fill("5.15.0");
  await scene.scan(module);
  assert.deepEqual(scene.packages(), ["kernel 5.15.0-1.el9"]);
  scene.write(path, "nonsense, and no database");
  await scene.scan(module);
  assert.deepEqual(scene.packages(), ["kernel 5.15.0-1.el9"]);
  assert.match(module.report().lastError ?? "", /rpm: ".*rpmdb\.sqlite": file is not a database/);
});

Deno.test("modules of Python and Node.js that a package of the system brought are not found twice", async () => {
  using scene = new InventoryScene();
  const system = "/usr/lib/python3/dist-packages";
  const own = "/usr/local/lib/python3.11/dist-packages";
  scene.write(`${system}/PyYAML-6.0.egg-info`, "Name: PyYAML\nVersion: 6.0\n");
  scene.write(`${system}/six-1.16.0.dist-info/METADATA`, "Name: six\nVersion: 1.16.0\n");
  scene.write(`${own}/requests-2.31.0.dist-info/METADATA`, "Name: requests\nVersion: 2.31.0\n");
  scene.write("/usr/lib/node_modules/npm/package.json", '{"name":"npm","version":"9.2.0"}');
  scene.write(
    "/usr/lib/node_modules/@org/tool/package.json",
    '{"name":"@org/tool","version":"1.0.0"}',
  );
  scene.write(STATUS, dpkgPackage("python3-yaml", "6.0-3"));
  scene.write(
    "/var/lib/dpkg/info/python3-yaml.list",
    `/.\n/usr\n${system}\n${system}/PyYAML-6.0.egg-info\n${system}/yaml/__init__.py\n`,
  );
  scene.write(
    "/var/lib/dpkg/info/python3-six.list",
    `${system}/six-1.16.0.dist-info\n${system}/six-1.16.0.dist-info/METADATA\n`,
  );
  scene.write(
    "/var/lib/dpkg/info/npm.list",
    "/usr/lib/node_modules/npm\n/usr/lib/node_modules/npm/index.js\n",
  );
  await scene.scan(scene.make());
  assert.deepEqual(scene.packages(), [
    "@org/tool 1.0.0",
    "python3-yaml 6.0-3",
    "requests 2.31.0",
  ]);
});

Deno.test("only the kinds of packages that the options name are read", async () => {
  using scene = new InventoryScene();
  scene.write(STATUS, dpkgPackage("bash", "5.2-1"));
  scene.write("/lib/apk/db/installed", "P:musl\nV:1.2\n\n");
  scene.write("/var/lib/pacman/local/linux-6.9/desc", "%NAME%\nlinux\n\n%VERSION%\n6.9\n");
  scene.write("/var/lib/pacman/local/ALPM_DB_VERSION", "9\n");
  await scene.scan(scene.make({ packages: ["apk", "pacman"] }));
  assert.deepEqual(scene.packages(), ["linux 6.9", "musl 1.2"]);
});

Deno.test("what is beyond max_items is counted, not shown, and known things stay", async () => {
  using scene = new InventoryScene();
  const many = (names: string[]) => names.map((name) => dpkgPackage(name, "1")).join("");
  scene.write(STATUS, many(["b", "c"]));
  const module = scene.make({ max_items: 2 });
  await scene.scan(module);
  scene.write(STATUS, many(["a", "b", "c"]));
  await scene.scan(module);
  assert.deepEqual(scene.packages(), ["b 1", "c 1"]);
});

Deno.test("of 40,000 packages of npm the first 20,000 are shown, with a reason why not more", async () => {
  const folder = "/usr/lib/node_modules";
  const names = Array.from({ length: 40_000 }, (_, index) => `p${String(index).padStart(5, "0")}`);
  class NpmMachine extends RealMachine {
    override list = (path: string) => path === folder ? names : [];
    override listDatabase = this.list;
    override identify = (path: string) =>
      path === folder ? { inode: "1", size: 1, modifiedNs: 1n, isFolder: true } : undefined;
    override readDatabase = (path: string) =>
      JSON.stringify({ name: path.split("/").at(-2), version: "1.0.0" });
  }
  const { items, problems } = await packagesCollector(["npm"]).collect({
    machine: new NpmMachine("/nowhere"),
    schema: "6.0",
    signal: new AbortController().signal,
    nowMs: 0,
  });
  assert.equal(items.length, 20_000);
  assert.deepEqual(problems, ["npm: 40000 modules, of which only the first 20000 are read"]);
});

Deno.test("another interval is no reason to scan again, another collector is", async () => {
  using scene = new InventoryScene();
  scene.write(STATUS, dpkgPackage("bash", "5.2-1"));
  scene.write("/etc/os-release", "NAME=Debian\n");
  const first = scene.make({ packages: false, system: true });
  await scene.scan(first);
  const waits = (module: ReturnType<typeof scene.make>) =>
    (module.report().nextScanAtMs ?? 0) - scene.clock.now();
  const later = scene.make({ packages: false, system: true, interval: "2h" });
  later.takeOver(first);
  assert.equal(waits(later), 2 * 3_600_000);
  const more = scene.make({ system: true, interval: "2h", scan_on_start: false });
  more.takeOver(later);
  assert.equal(waits(more), 0);
});

Deno.test("a collector that only the other schema has is refused with the schema that has it", () => {
  using scene = new InventoryScene();
  assert.throws(() => scene.make({ users: true }), {
    message: "inventory.users is in no document of stateful.schema",
    hint: 'set stateful.schema to "5.0", which has it, or leave inventory.users out',
  });
  scene.make();
});

async function sha1(text: string): Promise<string> {
  const bytes = await crypto.subtle.digest("SHA-1", new TextEncoder().encode(text));
  return Array.from(new Uint8Array(bytes), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

Deno.test("a scan of one collector looks at that one only", async () => {
  using scene = new InventoryScene();
  scene.write(STATUS, dpkgPackage("nginx", "1.22.1-9"));
  const made = scene.make();
  await made.scan(new AbortController().signal, "packages");
  const seen = scene.states.server.events.map(({ header }) => header.collector);
  await scene.states.deliver();
  const told = scene.states.server.events.map(({ header }) => header.collector);
  assert.deepEqual([seen, [...new Set(told)]], [[], ["packages"]]);
});

Deno.test("a root that is not mounted any more deletes nothing, and says why", async () => {
  using scene = new InventoryScene();
  scene.write(STATUS, dpkgPackage("bash", "5.2-1"));
  const module = scene.make();
  await scene.scan(module);
  const folder = scene.machine.real("");
  Deno.renameSync(folder, `${folder}-away`);
  await scene.scan(module);
  assert.match(module.report().lastError ?? "", /cannot be read as a folder/);
  Deno.mkdirSync(folder);
  await scene.scan(module);
  assert.match(module.report().lastError ?? "", /is empty: nothing is mounted there/);
  assert.deepEqual(scene.packages(), ["bash 5.2-1"]);
  Deno.removeSync(folder);
  Deno.renameSync(`${folder}-away`, folder);
  await scene.scan(module);
  assert.deepEqual([scene.packages(), module.report().problems], [["bash 5.2-1"], []]);
});
