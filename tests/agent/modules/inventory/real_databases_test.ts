/** Databases that dpkg and rpm themselves have written. */

import assert from "node:assert/strict";
import { dpkgPackage } from "../../../support/dpkg_package.ts";
import { outputOf, testWith } from "../../../support/installed.ts";
import { InventoryScene } from "./support/inventory_scene.ts";

const CONTROL = `Package: made-up
Version: 1:2.0-3
Architecture: all
Multi-Arch: foreign
Maintainer: Tests <tests@example.org>
Section: misc
Priority: optional
Installed-Size: 12
Description: made for a test: with a colon
 and a second line.
`;

const SPEC = `Name: made-up
Version: 2.0
Release: 3
Epoch: 1
Summary: made for a test
License: none
Vendor: Tests
BuildArch: noarch
%description
made
%files
`;

/** The members that are known of the package `made-up`; `undefined` when there is none. */
async function madeUp(scene: InventoryScene, module: ReturnType<InventoryScene["make"]>) {
  await scene.scan(module);
  const document = scene.shown().find((one) =>
    (one.package as { name: string }).name === "made-up"
  );
  assert.deepEqual(module.report().problems, []);
  const { installed: _, ...rest } = (document?.package ?? {}) as Record<string, unknown>;
  return document && Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== null));
}

testWith("dpkg", "a package that dpkg installs and removes comes and goes", async () => {
  using scene = new InventoryScene();
  scene.write("/made/DEBIAN/control", CONTROL);
  for (const file of ["available", "updates/.keep"]) scene.write(`/var/lib/dpkg/${file}`, "");
  scene.write("/var/lib/dpkg/info/format", "1\n");
  scene.write("/var/lib/dpkg/info/stays.list", "/.\n");
  // A database without any package is taken for one that is being written.
  scene.write("/var/lib/dpkg/status", dpkgPackage("stays", "1"));
  const root = scene.machine.real("");
  const dpkg = (...args: string[]) =>
    new Deno.Command("dpkg", {
      args: [`--root=${root}`, "--force-not-root", "--force-bad-path", "--log=/dev/null", ...args],
      env: { PATH: `${Deno.env.get("PATH")}:/usr/sbin:/sbin` },
    }).output();
  await outputOf(["dpkg-deb", "--build", `${root}/made`, `${root}/made.deb`]);
  assert.equal((await dpkg("--install", `${root}/made.deb`)).code, 0);
  const module = scene.make();
  assert.deepEqual(await madeUp(scene, module), {
    architecture: "all",
    description: "made for a test: with a colon",
    name: "made-up",
    size: 12 * 1_024,
    type: "deb",
    version: "1:2.0-3",
  });
  assert.equal((await dpkg("--remove", "made-up")).code, 0);
  assert.equal(await madeUp(scene, module), undefined);
});

testWith("rpmbuild", "a package that rpm installs and erases comes and goes", async () => {
  using scene = new InventoryScene();
  scene.write("/made.spec", SPEC);
  const root = scene.machine.real("");
  const run = async (program: string, ...args: string[]) => {
    const { code, stderr } = await new Deno.Command(program, { args }).output();
    assert.equal(code, 0, new TextDecoder().decode(stderr));
  };
  const folders = ["--define", `_topdir ${root}/build`, "--define", `_rpmdir ${root}`];
  await run("rpmbuild", "--quiet", "-bb", ...folders, `${root}/made.spec`);
  const database = ["--root", root, "--dbpath", "/var/lib/rpm", "--nodeps", "--justdb"];
  await run("rpm", ...database, "--install", `${root}/noarch/made-up-2.0-3.noarch.rpm`);
  const module = scene.make();
  assert.deepEqual(await madeUp(scene, module), {
    architecture: "noarch",
    description: "made for a test",
    name: "made-up",
    size: 0,
    type: "rpm",
    version: "1:2.0-3",
  });
  await run("rpm", ...database, "--erase", "made-up");
  assert.equal(await madeUp(scene, module), undefined);
});
