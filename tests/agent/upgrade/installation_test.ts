import assert from "node:assert/strict";
import { Installation } from "../../../src/agent/upgrade/installation.ts";
import { TempFolder } from "../../support/queues.ts";

/** An installation with versions, the last of which is in use. */
function installed(folder: TempFolder, ...versions: string[]): Installation {
  const installation = new Installation(folder.file("install"));
  for (const version of versions) {
    Deno.mkdirSync(`${installation.root}/versions/${version}`, { recursive: true });
    Deno.writeTextFileSync(installation.programOf(version), version, { mode: 0o755 });
    installation.switchTo(version);
  }
  return installation;
}

Deno.test("Installation.of() finds the installation of a program by its real path, and none elsewhere", () => {
  using folder = new TempFolder();
  const { root, program } = installed(folder, "1.3.2");
  assert.equal(Installation.of(program)?.root, Deno.realPathSync(root));
  const elsewhere = folder.file("agent");
  Deno.writeTextFileSync(elsewhere, "");
  assert.equal(Installation.of(elsewhere), undefined);
  assert.equal(Installation.of(folder.file("nothing")), undefined);
  Deno.removeSync(`${root}/current`);
  assert.equal(Installation.of(`${root}/versions/1.3.2/agent`), undefined);
});

Deno.test("switchTo() has the link name another version, and refuses one that is not here", () => {
  using folder = new TempFolder();
  const installation = installed(folder, "1.3.2", "1.4.0");
  assert.equal(installation.current, "1.4.0");
  installation.switchTo("1.3.2");
  assert.equal(Deno.readTextFileSync(installation.program), "1.3.2");
  assert.throws(() => installation.switchTo("1.5.0"), /there is no ".*1\.5\.0\/agent"/);
  assert.equal(installation.current, "1.3.2");
});

Deno.test("switchTo() goes on after a crash that left the link beside the one in use", () => {
  using folder = new TempFolder();
  const installation = installed(folder, "1.3.2", "1.4.0");
  Deno.symlinkSync("versions/1.3.2", `${installation.root}/.current-next`);
  assert.equal(installation.current, "1.4.0");
  installation.switchTo("1.3.2");
  assert.equal(installation.current, "1.3.2");
});

Deno.test("a link that leads elsewhere names no version, and no name leads out of the folder", () => {
  using folder = new TempFolder();
  const installation = installed(folder, "1.3.2");
  Deno.removeSync(`${installation.root}/current`);
  Deno.symlinkSync("/usr/bin", `${installation.root}/current`);
  assert.equal(installation.current, undefined);
  for (const name of ["..", ".", "", "a/b", ".hidden"]) {
    assert.throws(() => installation.programOf(name), TypeError, name);
  }
});

Deno.test("adopt() gives a download its place, executable and not writable", () => {
  using folder = new TempFolder();
  const installation = installed(folder, "1.3.2");
  const partial = installation.partialOf("00ff");
  Deno.writeTextFileSync(partial, "new", { mode: 0o600 });
  installation.adopt(partial, "1.4.0");
  assert.equal(Deno.readTextFileSync(installation.programOf("1.4.0")), "new");
  assert.equal((Deno.statSync(installation.programOf("1.4.0")).mode ?? 0) & 0o777, 0o555);
  assert.deepEqual(installation.versions().toSorted(), ["1.3.2", "1.4.0"]);
  assert.equal(installation.current, "1.3.2");
});

Deno.test("tidy() keeps the version in use, those that are named, and no downloads", () => {
  using folder = new TempFolder();
  const installation = installed(folder, "1.1.0", "1.2.0", "1.3.0", "1.4.0");
  Deno.writeTextFileSync(installation.partialOf("00"), "");
  installation.tidy(["1.3.0"], 1);
  assert.deepEqual(installation.versions().toSorted(), ["1.3.0", "1.4.0"]);
  assert.throws(() => Deno.statSync(installation.partialOf("00")), Deno.errors.NotFound);
  assert.throws(() => installation.remove("1.4.0"), /in use/);
});

Deno.test("make() installs a program, and again over itself", () => {
  using folder = new TempFolder();
  const source = folder.file("agent");
  Deno.writeTextFileSync(source, "first");
  const root = folder.file("opt");
  Installation.make(root, { source, version: "1.3.2" });
  Deno.writeTextFileSync(source, "second");
  const installation = Installation.make(root, { source, version: "1.3.2" });
  assert.equal(Deno.readTextFileSync(installation.program), "second");
  assert.equal(installation.current, "1.3.2");
});
