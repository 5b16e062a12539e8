import assert from "node:assert/strict";
import { build, type BuildOptions } from "../../.ci/compile/build.ts";
import { BaseUnavailableError, compileError } from "../../.ci/compile/build_error.ts";
import { bundle } from "../../.ci/compile/bundle.ts";
import { EXECUTABLES } from "../../.ci/compile/executables.ts";
import { trimSourceMap } from "../../.ci/compile/source_map.ts";
import project from "../../deno.json" with { type: "json" };
import { AgentError } from "../../src/shared/errors.ts";
import { TempFolder } from "../support/queues.ts";

const DENO = Deno.execPath();
const HERE = Deno.build.target;
const PROGRAM = {
  name: "hello",
  entry: "src/hello.ts",
  permissions: "none",
  v8Flags: [],
  environment: {},
};

/** A project of two modules; the second one is loaded only when there are arguments. */
function writeProject(folder: TempFolder): void {
  Deno.mkdirSync(folder.file("src"));
  Deno.writeTextFileSync(folder.file("deno.json"), '{ "permissions": { "none": {} } }');
  const lines = [
    "interface Ignored { x: number }",
    'const { fail } = await import("./fail.ts");',
    "fail({ x: 1 } satisfies Ignored);",
  ];
  Deno.writeTextFileSync(folder.file("src/hello.ts"), lines.join("\n"));
  const throwing = [
    "interface A {",
    "  x: number;",
    "}",
    "",
    "export function fail(a: A): never {",
  ];
  const text = [...throwing, '  throw new Error("x is " + a.x);', "}"].join("\n");
  Deno.writeTextFileSync(folder.file("src/fail.ts"), text);
}

/** Builds the project in `folder` and gives the error; what stands in `dist` is given with it. */
async function failedBuild(folder: TempFolder, options: Partial<BuildOptions>) {
  writeProject(folder);
  const dist = folder.file("dist");
  Deno.mkdirSync(dist);
  Deno.writeTextFileSync(`${dist}/hello`, "built before");
  const error = await build(PROGRAM, {
    deno: DENO,
    root: folder.path,
    outputFolder: dist,
    programVersion: "1.2.3",
    version: Deno.version.deno,
    target: undefined,
    base: DENO,
    ...options,
  }).then(() => undefined, (error) => error);
  assert.ok(error instanceof AgentError, `No error of ours: ${error}`);
  assert.deepEqual(Array.from(Deno.readDirSync(dist), ({ name }) => name), ["hello"]);
  assert.equal(Deno.readTextFileSync(`${dist}/hello`), "built before");
  return error;
}

Deno.test("build() says that the base is missing and where it is, and leaves all as it was", async () => {
  using folder = new TempFolder();
  const { message, hint } = await failedBuild(folder, { base: "/nowhere/denort" });
  assert.match(message, /^Cannot compile hello: .*DENORT_BIN=\/nowhere\/denort, is missing/);
  assert.match(hint ?? "", new RegExp(`release/v${Deno.version.deno}/denort-${HERE}\\.zip`));
});

Deno.test("compileError() tells a base that could not be fetched from one that is no base", () => {
  const compiler = { version: "9.9.9", target: "aarch64-apple-darwin" };
  const stderr = "error: Writing\n\nCaused by:\n    0: Setting up base binary.\n    1: dns error";
  const unavailable = compileError("hello", stderr, { ...compiler, base: undefined });
  assert.ok(unavailable instanceof BaseUnavailableError);
  assert.match(unavailable.message, /\(denort 9\.9\.9\) could not be fetched\nerror: Writing/);
  assert.match(unavailable.hint ?? "", /v9\.9\.9\/denort-aarch64-apple-darwin\.zip/);
  const broken = compileError("hello", "Writing binary bytes", { ...compiler, base: "/etc/hosts" });
  assert.ok(!(broken instanceof BaseUnavailableError));
  assert.match(broken.message, /DENORT_BIN=\/etc\/hosts, is missing or no denort/);
});

Deno.test("build() refuses what does not answer --version as it should", async () => {
  using folder = new TempFolder();
  const { message, hint } = await failedBuild(folder, { base: DENO });
  assert.match(message, new RegExp(`DENORT_BIN=.*, is no denort ${Deno.version.deno}`));
  assert.match(hint ?? "", /^set DENORT_BIN to the denort out of https:/);
});

Deno.test("build() for another platform refuses a base of another version", async () => {
  using folder = new TempFolder();
  const { message } = await failedBuild(folder, { target: HERE, version: "99.0.0" });
  assert.match(message, /is no denort 99\.0\.0\nIt holds no "Deno\/99\.0\.0"$/);
});

Deno.test("bundle() names a module that is missing", async () => {
  using folder = new TempFolder();
  writeProject(folder);
  const entry = "src/absent.ts";
  await assert.rejects(
    bundle({ deno: DENO, root: folder.path, entry, folder: folder.file("bundle") }),
    {
      name: "AgentError",
      message: "Cannot bundle src/absent.ts: error: No such file or directory (os error 2)",
    },
  );
});

Deno.test("bundle() keeps a module apart that is loaded later; a stack trace names its lines", async () => {
  using folder = new TempFolder();
  writeProject(folder);
  const { main, sourceMaps } = await bundle({
    deno: DENO,
    root: folder.path,
    entry: PROGRAM.entry,
    folder: folder.file("bundle"),
  });
  assert.equal(sourceMaps.length, 2);
  const { stderr } = await new Deno.Command(DENO, {
    args: ["run", "--no-config", main],
    env: { NO_COLOR: "1" },
  }).output();
  assert.match(new TextDecoder().decode(stderr), /at fail .*bundle\/src\/fail\.ts:6:9/);
});

Deno.test("trimSourceMap() keeps lines and names, not the text and the builder's folders", () => {
  const map = {
    version: 3,
    sources: [
      "../../../src/agent/agent.ts",
      "../../../../../home/x/npm/registry.npmjs.org/yaml/2/a.js",
    ],
    sourcesContent: ["text", "text"],
    names: ["a"],
    mappings: "AAAA",
  };
  assert.deepEqual(trimSourceMap(JSON.stringify(map)), {
    version: 3,
    sources: ["src/agent/agent.ts", "npm/yaml/2/a.js"],
    names: ["a"],
    mappings: "AAAA",
  });
});

Deno.test("EXECUTABLES: permissions are sets of deno.json; the agent runs as its task does", () => {
  for (const { permissions } of EXECUTABLES) assert.ok(permissions in project.permissions);
  const [agent] = EXECUTABLES;
  const words = project.tasks.agent.command.split(" ");
  assert.ok(words.includes(`--v8-flags=${agent?.v8Flags.join(",")}`));
  for (const [name, value] of Object.entries(agent?.environment ?? {})) {
    assert.ok(words.includes(`${name}=${value}`));
  }
  assert.ok(words.includes(`-P=${agent?.permissions}`));
});

Deno.test("src imports zod as a namespace, so that a bundle leaves out its 50 languages", () => {
  for (const path of sourceFiles(new URL("../../src/", import.meta.url))) {
    const found = /^import \{ z \} from "zod"/m.exec(Deno.readTextFileSync(path));
    assert.equal(found, null, `Write import * as z from "zod" in ${path}`);
  }
});

function* sourceFiles(folder: URL): Generator<URL> {
  for (const { name, isDirectory } of Deno.readDirSync(folder)) {
    if (isDirectory) yield* sourceFiles(new URL(`${name}/`, folder));
    else if (name.endsWith(".ts")) yield new URL(name, folder);
  }
}
