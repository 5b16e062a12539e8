/**
 * Builds one executable: bundle, compile, try, put in its place.
 *
 * Bundling first makes it half as large and lets it start in a third of the time: `deno compile` alone embeds every
 * package as a whole and checks the types of all of them. Everything happens in a folder beside the result, so that a
 * build that fails, at whatever step, leaves nothing behind, and what was there before as it was.
 *
 * @module
 */

import { compileError, type Compiler } from "./build_error.ts";
import { type Bundle, bundle } from "./bundle.ts";
import { runDeno } from "./deno_command.ts";
import type { Executable } from "./executables.ts";
import { requireWorking, type Trial } from "./trial.ts";

/** How to build. */
export interface BuildOptions extends Compiler {
  /** The Deno that bundles and compiles. */
  deno: string;
  /** The project's folder, with `deno.json`. */
  root: string;
  /** Where the executable goes. */
  outputFolder: string;
  /** What the executable must answer to `--version`. */
  programVersion: string;
  /** The version that it is given in place of the project's. @default none */
  asVersion?: string | undefined;
}

/** What was built. */
export interface Built {
  path: string;
  /** How far it was tried. */
  trial: Trial;
}

/**
 * Builds `executable`. Replaces what has its path in one step.
 *
 * @throws {AgentError} `failed`, with what to do; nothing is left behind then
 */
export async function build(executable: Executable, options: BuildOptions): Promise<Built> {
  const newFolders = await missingFolders(options.outputFolder);
  try {
    return await buildInside(executable, options);
  } catch (error) {
    // One that another build has filled meanwhile stays.
    for (const folder of newFolders) await Deno.remove(folder).catch(() => {});
    throw error;
  }
}

async function buildInside(executable: Executable, options: BuildOptions): Promise<Built> {
  const { deno, root, outputFolder } = options;
  // The names of the bundle's files depend on this path: a random one would make each build another one.
  const work = `${outputFolder}/.building-${executable.name}`;
  await removeIfThere(work);
  await Deno.mkdir(work, { recursive: true });
  try {
    const file = `${executable.name}${suffixOf(options)}`;
    const made = `${work}/${file}`;
    const folder = `${work}/bundle`;
    const { asVersion } = options;
    const bundled = await bundle({ deno, root, entry: executable.entry, folder, asVersion });
    await compile(bundled, { executable, made, options });
    const trial = await requireWorking(executable, { made, dataFolder: `${work}/data` }, options);
    await Deno.rename(made, `${outputFolder}/${file}`);
    return { path: `${outputFolder}/${file}`, trial };
  } finally {
    await Deno.remove(work, { recursive: true });
  }
}

async function compile(
  { main, sourceMaps }: Bundle,
  { executable, made, options }: { executable: Executable; made: string; options: BuildOptions },
): Promise<void> {
  const { name, permissions, v8Flags, environment } = executable;
  const { deno, root, target, base } = options;
  const envFile = `${made}.env`;
  const lines = Object.entries(environment).map(([key, value]) => `${key}=${value}\n`);
  await Deno.writeTextFile(envFile, lines.join(""));
  const { success, stderr } = await runDeno(deno, [
    ...["compile", "--quiet", "--no-check", "--config", `${root}/deno.json`],
    // Root must not run code out of a cache in a folder that everybody can write to.
    "--no-code-cache",
    // The set of permissions has no say in code from the network here.
    ...["--no-prompt", "--deny-import", `--permission-set=${permissions}`],
    ...(v8Flags.length > 0 ? [`--v8-flags=${v8Flags.join(",")}`] : []),
    `--env-file=${envFile}`,
    ...(target === undefined ? [] : ["--target", target]),
    ...sourceMaps.flatMap((path) => ["--include", path]),
    ...["--output", made, main],
  ], base === undefined ? {} : { DENORT_BIN: base });
  if (!success) throw compileError(name, stderr, options);
}

/** What an earlier build left when it was killed. */
async function removeIfThere(folder: string): Promise<void> {
  await Deno.remove(folder, { recursive: true }).catch((error) => {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  });
}

/** The folder at `path` and those above it that are not there yet, the innermost first. */
async function missingFolders(path: string): Promise<string[]> {
  const missing: string[] = [];
  for (let folder = path; folder !== "" && !await isThere(folder); folder = parentOf(folder)) {
    missing.push(folder);
  }
  return missing;
}

function parentOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf("/")));
}

function isThere(path: string): Promise<boolean> {
  return Deno.lstat(path).then(() => true, () => false);
}

function suffixOf({ target = Deno.build.target }: BuildOptions): string {
  return target.includes("windows") ? ".exe" : "";
}
