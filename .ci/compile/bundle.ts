/**
 * Bundling: a program and its packages become a few files of JavaScript with source maps.
 *
 * @module
 */

import { AgentError } from "../../src/shared/errors.ts";
import { VERSION } from "../../src/shared/version.ts";
import { runDeno } from "./deno_command.ts";
import { trimSourceMap } from "./source_map.ts";

/** What to bundle, and where to. */
export interface BundleOptions {
  /** The Deno that bundles. */
  deno: string;
  /** The project's folder, with `deno.json`. */
  root: string;
  /** The main module, seen from `root`. */
  entry: string;
  /** The new folder that the bundle is written to. */
  folder: string;
  /** What the program shall call itself. @default what the project says */
  asVersion?: string | undefined;
}

/** A bundle on disk. */
export interface Bundle {
  /** Path of its main module. */
  main: string;
  /** Paths of the source maps of those files that hold modules of the project. */
  sourceMaps: string[];
}

/**
 * Has packages give the ES modules that they keep for bundlers. What they give to Node may be such a module around
 * CommonJS (tslib is), and the bundlers of some versions of Deno get that wrong: such a bundle fails when it is loaded.
 */
const BUNDLER_CONDITIONS = { DENO_CONDITIONS: "module" };

/**
 * Bundles a program, without checking its types.
 *
 * @throws {AgentError} `failed`, with what Deno says
 */
export async function bundle(
  { deno, root, entry, folder, asVersion }: BundleOptions,
): Promise<Bundle> {
  const { success, stderr } = await runDeno(deno, [
    ...["bundle", "--quiet", "--frozen", "--config", `${root}/deno.json`],
    // What only one command needs stays a file of its own, and is read when that command runs.
    ...["--platform", "deno", "--code-splitting", "--sourcemap=linked"],
    ...["--outdir", folder, `${root}/${entry}`],
  ], BUNDLER_CONDITIONS);
  if (!success) throw new AgentError("failed", `Cannot bundle ${entry}: ${stderr}`);
  if (asVersion !== undefined) renameVersion(folder, asVersion);
  const sourceMaps = Array.from(Deno.readDirSync(folder), ({ name }) => `${folder}/${name}`)
    .filter((path) => path.endsWith(".map"))
    .filter(keepOwnSourceMap);
  const name = entry.replace(/^.*\//, "").replace(/\.ts$/, ".js");
  return { main: `${folder}/${name}`, sourceMaps };
}

/** Has what was bundled call itself `version`: the program takes its version from what the bundle has of `deno.json`. */
function renameVersion(folder: string, version: string): void {
  const own = `version: ${JSON.stringify(VERSION)}`;
  const files = Array.from(Deno.readDirSync(folder), ({ name }) => `${folder}/${name}`)
    .filter((path) => path.endsWith(".js"))
    .map((path) => ({ path, parts: Deno.readTextFileSync(path).split(own) }))
    .filter(({ parts }) => parts.length > 1);
  const [found] = files;
  if (files.length !== 1 || found?.parts.length !== 2) {
    throw new AgentError("failed", `Cannot rename the version: the bundle does not have it once`);
  }
  Deno.writeTextFileSync(found.path, found.parts.join(`version: ${JSON.stringify(version)}`));
}

/** Trims the source map at `path`; false when it tells of packages only: it would take memory and explain little. */
function keepOwnSourceMap(path: string): boolean {
  const map = trimSourceMap(Deno.readTextFileSync(path));
  Deno.writeTextFileSync(path, JSON.stringify(map));
  return map.sources.some((source) => !source.startsWith("npm/"));
}
