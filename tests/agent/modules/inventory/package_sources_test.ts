/** Package managers over made-up files, sockets and programs. */

import assert from "node:assert/strict";
import { packagesCollector } from "../../../../src/agent/modules/inventory/collectors/packages.ts";
import { RealMachine } from "../../../../src/agent/modules/inventory/machine.ts";
import type { PackageKind } from "../../../../src/agent/modules/inventory/packages/package.ts";
import { dpkgPackage } from "../../../support/dpkg_package.ts";
import { InventoryScene } from "./support/inventory_scene.ts";

/** A machine whose programs print what a test says. */
class ProgramMachine extends RealMachine {
  readonly calls: string[] = [];
  prints: (program: string) => string | undefined = () => undefined;

  override get isOwn(): boolean {
    return true;
  }

  override run(program: string, args: readonly string[]): Promise<string | undefined> {
    this.calls.push([program, ...args.slice(0, 2)].join(" "));
    return Promise.resolve().then(() => this.prints(program));
  }
}

async function find(machine: RealMachine, kind: PackageKind) {
  const { items, problems } = await packagesCollector([kind]).collect({
    machine,
    schema: "6.0",
    signal: new AbortController().signal,
    nowMs: 0,
  });
  const names = items.map(({ document }) => {
    const { name, version } = document.package as { name: string; version: string };
    return `${name} ${version}`;
  });
  return { names, problems };
}

Deno.test("snaps are asked of snapd over its socket; when it is stopped none is deleted", async () => {
  using scene = new InventoryScene();
  scene.write("/var/lib/snapd/state.json", "{}");
  Deno.mkdirSync(scene.machine.real("/run"));
  const answer = { result: [{ name: "core22", version: "20240408", status: "active" }] };
  const asked: string[] = [];
  const server = Deno.serve({
    path: scene.machine.real("/run/snapd.socket"),
    onListen() {},
    handler(request) {
      asked.push(new URL(request.url).pathname);
      return Response.json(answer);
    },
  });
  const module = scene.make();
  await scene.scan(module);
  assert.deepEqual([asked, scene.packages()], [["/v2/snaps"], ["core22 20240408"]]);
  await server.shutdown();
  await scene.scan(module);
  assert.deepEqual(scene.packages(), ["core22 20240408"]);
  assert.match(module.report().lastError ?? "", /^packages: snap: /);
});

Deno.test("flatpaks are those of the system and of each user", async () => {
  using scene = new InventoryScene();
  scene.write("/etc/passwd", "ann:x:1000:1000::/home/ann:/bin/sh\n");
  const system = "/var/lib/flatpak/app/org.gnome.Maps/x86_64/stable/active";
  const own = "/home/ann/.local/share/flatpak/app/org.gimp.GIMP/x86_64/beta/active";
  scene.write(`${system}/metadata`, "[Application]\nname=org.gnome.Maps\n");
  scene.write(
    `${system}/files/share/metainfo/org.gnome.Maps.metainfo.xml`,
    '<release version="46"/>',
  );
  scene.write(`${own}/metadata`, "[Application]\nname=org.gimp.GIMP\n");
  await scene.scan(scene.make());
  assert.deepEqual(scene.packages(), ["org.gimp.GIMP beta", "org.gnome.Maps 46"]);
});

Deno.test("an image without dpkg has its packages in status.d, beside lists of digests", async () => {
  using scene = new InventoryScene();
  scene.write("/var/lib/dpkg/status.d/tzdata", "Package: tzdata\nVersion: 2024b\n");
  scene.write("/var/lib/dpkg/status.d/tzdata.md5sums", "d41d8cd98f00b204e9800998ecf8427e usr/x\n");
  await scene.scan(scene.make());
  assert.deepEqual(scene.packages(), ["tzdata 2024b"]);
});

Deno.test("a database of rpm that is none of SQLite is read by rpm, and is a reason where rpm cannot be run", async () => {
  using scene = new InventoryScene();
  scene.write("/usr/lib/sysimage/rpm/Packages.db", "RpmP");
  const machine = new ProgramMachine(scene.machine.root);
  machine.prints = () =>
    ["zypper", "1.14", "150400", "(none)", "x86_64", "-", "1", "2", "-", "-", "-"].join("\x1f");
  assert.deepEqual(await find(machine, "rpm"), { names: ["zypper 1.14-150400"], problems: [] });
  assert.match(machine.calls[0] ?? "", /^rpm -qa --qf/);
  machine.prints = () => undefined;
  assert.match((await find(machine, "rpm")).problems[0] ?? "", /and no program rpm/);
  machine.prints = () => {
    throw new Error('"rpm" ended with status 1: rpmdb: BDB0113 Thread died');
  };
  assert.match((await find(machine, "rpm")).problems[0] ?? "", /^rpm: "rpm" ended with status 1/);
  const elsewhere = await find(scene.machine, "rpm");
  assert.match(elsewhere.problems[0] ?? "", /only rpm itself can read it/);
});

Deno.test("a database that cannot be looked at is there: its packages stay", async () => {
  using scene = new InventoryScene();
  scene.write("/var/lib/dpkg/status", dpkgPackage("bash", "5.2"));
  const module = scene.make();
  await scene.scan(module);
  scene.remove("/var/lib/dpkg");
  // Also for root: a link that leads to itself can neither be looked at nor read.
  Deno.symlinkSync("dpkg", scene.machine.real("/var/lib/dpkg"));
  await scene.scan(module);
  assert.deepEqual(scene.packages(), ["bash 5.2"]);
  assert.match(module.report().lastError ?? "", /^packages: deb: Cannot read ".*status"/);
});

Deno.test("a package manager that is gone takes its packages with it", async () => {
  using scene = new InventoryScene();
  scene.write("/var/lib/dpkg/status", dpkgPackage("bash", "5.2"));
  scene.write("/lib/apk/db/installed", "P:musl\nV:1.2\n\n");
  const module = scene.make();
  await scene.scan(module);
  scene.remove("/lib/apk");
  await scene.scan(module);
  assert.deepEqual(scene.packages(), ["bash 5.2"]);
});
