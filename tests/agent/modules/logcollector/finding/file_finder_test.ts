import { outputOf, testWith } from "../../../../support/installed.ts";
import assert from "node:assert/strict";
import { basename, join, relative } from "node:path";
import {
  FileFinder,
  type Localfile,
} from "../../../../../src/agent/modules/logcollector/finding/file_finder.ts";

/** A folder with the files named; a name that ends in a slash is a folder. */
function folderOf(...names: string[]) {
  const path = Deno.realPathSync(Deno.makeTempDirSync());
  for (const name of names) {
    Deno.mkdirSync(join(path, name, name.endsWith("/") ? "" : ".."), { recursive: true });
    if (!name.endsWith("/")) Deno.writeTextFileSync(join(path, name), "");
  }
  return { path, [Symbol.dispose]: () => Deno.removeSync(path, { recursive: true }) };
}

function find(folder: { path: string }, ...localfiles: Localfile[]) {
  const inFolder = localfiles.map(({ location, exclude = [] }) => ({
    location: join(folder.path, location),
    exclude: exclude.map((pattern) => join(folder.path, pattern)),
  }));
  const { files, problems } = new FileFinder(inFolder).find();
  return {
    names: files.map(({ path }) => relative(folder.path, path)),
    problems: new Map([...problems].map(([path, reason]) => [basename(path), reason])),
  };
}

Deno.test("FileFinder.find() understands * ? [..] {..} and **", () => {
  using folder = folderOf(
    "a.log",
    "b1.log",
    "b2.log",
    ".hidden.log",
    "sub/c.log",
    "sub/deep/d.log",
  );
  assert.deepEqual(find(folder, { location: "*.log" }).names, ["a.log", "b1.log", "b2.log"]);
  assert.deepEqual(find(folder, { location: "b?.log" }).names, ["b1.log", "b2.log"]);
  assert.deepEqual(find(folder, { location: "b[2-9].log" }).names, ["b2.log"]);
  assert.deepEqual(find(folder, { location: "{a,b1}.log" }).names, ["a.log", "b1.log"]);
  assert.deepEqual(find(folder, { location: "sub/**/*.log" }).names, [
    "sub/c.log",
    "sub/deep/d.log",
  ]);
});

Deno.test("FileFinder.find() leaves out what is excluded and what is compressed", () => {
  using folder = folderOf("a.log", "b.log", "b.log.1", "b.log.2.gz", "c.log");
  const { names } = find(folder, { location: "*.log*", exclude: ["c.*", "a.log"] });
  assert.deepEqual(names, ["b.log", "b.log.1"]);
});

Deno.test("FileFinder.find() takes an existing file by its name even when that looks like a glob", () => {
  using folder = folderOf("x[1].log", "x1.log");
  assert.deepEqual(find(folder, { location: "x[1].log" }).names, ["x[1].log"]);
});

Deno.test("FileFinder.find() gives each path once and nothing for what does not exist", () => {
  using folder = folderOf("a.log");
  const { names, problems } = find(
    folder,
    { location: "a.log" },
    { location: "*.log" },
    { location: "missing.log" },
    { location: "missing/*.log" },
    { location: "a.log/x.log" },
  );
  assert.deepEqual(names, ["a.log"]);
  assert.equal(problems.size, 0);
});

Deno.test({
  name:
    "FileFinder.find() follows links, and says why it leaves folders, devices and link loops out",
  ignore: Deno.build.os === "windows",
  fn() {
    using folder = folderOf("real.txt", "folder.log/");
    Deno.symlinkSync(join(folder.path, "real.txt"), join(folder.path, "link.log"));
    Deno.symlinkSync("/dev/null", join(folder.path, "device.log"));
    Deno.symlinkSync(join(folder.path, "loop.log"), join(folder.path, "loop.log"));
    Deno.symlinkSync(join(folder.path, "nowhere"), join(folder.path, "dangling.log"));
    const { names, problems } = find(folder, { location: "*.log" });
    assert.deepEqual(names, ["link.log"]);
    assert.deepEqual([...problems.keys()].sort(), ["device.log", "folder.log", "loop.log"]);
    assert.equal(problems.get("device.log"), "not a regular file");
  },
});

Deno.test("FileFinder.covers() tells whether the configuration names a path", () => {
  const finder = new FileFinder([{ location: "/logs/*.log", exclude: ["/logs/b.log"] }]);
  assert.equal(finder.covers("/logs/a.log"), true);
  assert.equal(finder.covers("/logs/b.log"), false);
  assert.equal(finder.covers("/logs/a.log.1"), false);
});

if (Deno.build.os === "linux" && Deno.uid() === 0) {
  testWith(
    "setpriv",
    "FileFinder.find() reads what the process may by a capability alone, as the service does",
    async () => {
      const folder = Deno.realPathSync(Deno.makeTempDirSync());
      Deno.writeTextFileSync(`${folder}/a.log`, "root's\n", { mode: 0o600 });
      Deno.chmodSync(folder, 0o700);
      const module = new URL(
        "../../../../../src/agent/modules/logcollector/finding/file_finder.ts",
        import.meta.url,
      );
      const script = `const { FileFinder } = await import("${module}");
      const { files, problems } = new FileFinder([{ location: "${folder}/*.log" }]).find();
      console.log(JSON.stringify([files.length, ...problems.values()]));`;
      const as = (capabilities: string) =>
        outputOf([
          ...["setpriv", "--reuid", "54321", "--regid", "54321", "--clear-groups"],
          ...["--inh-caps", capabilities, "--ambient-caps", capabilities, Deno.execPath(), "eval"],
          ...["--quiet", "--no-check", script],
        ]);
      assert.equal(await as("-all,+dac_read_search"), "[1]\n");
      Deno.removeSync(folder, { recursive: true });
    },
  );
}
