import assert from "node:assert/strict";
import { build, type BuildOptions } from "../../.ci/compile/build.ts";
import { BaseUnavailableError, compileError } from "../../.ci/compile/build_error.ts";
import { bundle } from "../../.ci/compile/bundle.ts";
import { EXECUTABLES } from "../../.ci/compile/executables.ts";
import { trimSourceMap } from "../../.ci/compile/source_map.ts";
import { requireWorking } from "../../.ci/compile/trial.ts";
import project from "../../deno.json" with { type: "json" };
import { AgentError } from "../../src/shared/errors.ts";
import { executableTarget } from "../../src/shared/releases/executable_target.ts";
import { TempFolder } from "../support/queues.ts";

const DENO = Deno.execPath();
const HERE = Deno.build.target;
const FOREIGN = HERE.startsWith("aarch64")
  ? "x86_64-unknown-linux-gnu"
  : "aarch64-unknown-linux-gnu";
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

function optionsIn(folder: TempFolder, options: Partial<BuildOptions>): BuildOptions {
  return {
    deno: DENO,
    root: folder.path,
    outputFolder: folder.file("dist"),
    programVersion: "1.2.3",
    version: Deno.version.deno,
    target: undefined,
    base: DENO,
    ...options,
  };
}

/** Builds the project in `folder` and gives the error; what stands in `dist` is given with it. */
async function failedBuild(folder: TempFolder, options: Partial<BuildOptions>) {
  writeProject(folder);
  const dist = folder.file("dist");
  Deno.mkdirSync(dist);
  Deno.writeTextFileSync(`${dist}/hello`, "built before");
  const error = await build(PROGRAM, optionsIn(folder, options))
    .then(() => undefined, (error) => error);
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

Deno.test("build() for this machine, also by --target, starts what it made", async () => {
  using folder = new TempFolder();
  const { message } = await failedBuild(folder, { target: HERE, version: "99.0.0" });
  assert.match(message, /is no denort 99\.0\.0\ndeno \d/);
});

Deno.test("build() refuses a base that is for another platform than the one asked for", async () => {
  using folder = new TempFolder();
  const { message, hint } = await failedBuild(folder, { target: FOREIGN });
  assert.ok(message.startsWith(`Cannot compile hello: the base of the executable, DENORT_BIN=`));
  assert.ok(message.endsWith(`, is not for ${FOREIGN}\nIt is for ${HERE}`), message);
  assert.match(hint ?? "", new RegExp(`denort-${FOREIGN}\\.zip`));
});

Deno.test("build() removes the folders that it made for a result that there is not", async () => {
  using folder = new TempFolder();
  writeProject(folder);
  const outputFolder = folder.file("dist/other/deep");
  await assert.rejects(
    build(PROGRAM, optionsIn(folder, { base: "/nowhere/denort", outputFolder })),
  );
  assert.deepEqual(Array.from(Deno.readDirSync(folder.path), ({ name }) => name).toSorted(), [
    "deno.json",
    "src",
  ]);
});

Deno.test("requireWorking() for another platform refuses a base of another version", async () => {
  using folder = new TempFolder();
  const made = folder.file("made");
  Deno.writeFileSync(made, elfHeader(ELF_MACHINES[FOREIGN]));
  const compiler = { target: FOREIGN, base: "/base", version: "99.0.0", programVersion: "1.2.3" };
  await assert.rejects(requireWorking(PROGRAM, { made, dataFolder: folder.path }, compiler), {
    message: /is no denort 99\.0\.0\nIt holds no "Deno\/99\.0\.0"$/,
  });
  Deno.writeTextFileSync(made, "Deno/99.0.0", { append: true });
  const trial = await requireWorking(PROGRAM, { made, dataFolder: folder.path }, compiler);
  assert.equal(trial, "none");
});

/** Tries Deno itself as if it were the program, told to run `script` in earnest. */
async function tryScript(script: string) {
  const { stdout } = await new Deno.Command(DENO, { args: ["--version"] }).output();
  const programVersion = new TextDecoder().decode(stdout).trim();
  const executable = { ...PROGRAM, readyArgs: (folder: string) => ["eval", script, folder] };
  const made = { made: DENO, dataFolder: "/data" };
  const compiler = { target: undefined, base: undefined, version: "9.9.9", programVersion };
  return await requireWorking(executable, made, compiler);
}

Deno.test("requireWorking() starts a program until it says that it is ready, and stops it", async () => {
  const script = 'console.log(`{"ready":${Deno.args[0] === "/data"}}`); setInterval(() => {}, 9)';
  assert.equal(await tryScript(script), "ready");
});

Deno.test("requireWorking() refuses what answers --version and then fails to start", async () => {
  await assert.rejects(tryScript('throw new Error("a part is broken")'), {
    message: /^Cannot compile hello: it starts but is not ready\n[^]*a part is broken/,
  });
});

Deno.test("executableTarget() reads ELF, Mach-O and PE headers; anything else is for nothing", () => {
  for (const [platform, machine] of Object.entries(ELF_MACHINES)) {
    assert.equal(executableTarget(elfHeader(machine)), platform);
  }
  const machO = (machine: number) => header([[0, 0xfeedfacf], [4, machine]]);
  assert.equal(executableTarget(machO(0x01000007)), "x86_64-apple-darwin");
  assert.equal(executableTarget(machO(0x0100000c)), "aarch64-apple-darwin");
  const windows = header([[0, 0x5a4d], [0x3c, 0x80], [0x80, 0x4550], [0x84, 0x8664]]);
  assert.equal(executableTarget(windows), "x86_64-pc-windows-msvc");
  assert.equal(executableTarget(windows.subarray(0, 0x82)), undefined);
  assert.equal(executableTarget(new TextEncoder().encode("#!/bin/sh\n")), undefined);
  assert.equal(executableTarget(elfHeader(0x28)), undefined);
  assert.equal(executableTarget(Deno.readFileSync(DENO)), HERE);
});

/** `e_machine` of the platforms that use ELF. */
const ELF_MACHINES: Record<string, number> = {
  "x86_64-unknown-linux-gnu": 0x3e,
  "aarch64-unknown-linux-gnu": 0xb7,
};

function elfHeader(machine = 0): Uint8Array {
  return header([[0, 0x464c457f], [18, machine]]);
}

/** 256 bytes with 32-bit `words` at the given places, little-endian. */
function header(words: readonly [number, number][]): Uint8Array {
  const bytes = new Uint8Array(256);
  for (const [at, word] of words) new DataView(bytes.buffer).setUint32(at, word, true);
  return bytes;
}

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

Deno.test("bundle() takes of a package what it keeps for bundlers, no CommonJS in an ES module", async () => {
  using folder = new TempFolder();
  const entry = "src/manager/main.ts";
  const bundled = folder.file("bundle");
  await bundle({ deno: DENO, root: ".", entry, folder: bundled });
  const texts = Array.from(Deno.readDirSync(bundled), ({ name }) => name)
    .filter((name) => name.endsWith(".js"))
    .map((name) => Deno.readTextFileSync(`${bundled}/${name}`));
  assert.ok(texts.some((text) => text.includes("/tslib/")), "Nothing of tslib is in the bundle");
  assert.ok(!texts.some((text) => text.includes("require_tslib")));
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
