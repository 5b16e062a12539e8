/**
 * Bundling: a program and its packages become a few files of JavaScript with source maps.
 *
 * @module
 */

import { AgentError } from "../../src/shared/errors.ts";
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
}

/** A bundle on disk. */
export interface Bundle {
  /** Path of its main module. */
  main: string;
  /** Paths of its source maps. */
  sourceMaps: string[];
}

/**
 * Bundles a program, without checking its types.
 *
 * @throws {AgentError} `failed`, with what Deno says
 */
export async function bundle({ deno, root, entry, folder }: BundleOptions): Promise<Bundle> {
  const { success, stderr } = await runDeno(deno, [
    ...["bundle", "--quiet", "--frozen", "--config", `${root}/deno.json`],
    // What only one command needs stays a file of its own, and is read when that command runs.
    ...["--platform", "deno", "--code-splitting", "--sourcemap=linked"],
    ...["--outdir", folder, `${root}/${entry}`],
  ]);
  if (!success) throw new AgentError("failed", `Cannot bundle ${entry}: ${stderr}`);
  const sourceMaps = Array.from(Deno.readDirSync(folder), ({ name }) => `${folder}/${name}`)
    .filter((path) => path.endsWith(".map"));
  for (const path of sourceMaps) {
    await Deno.writeTextFile(path, trimSourceMap(await Deno.readTextFile(path)));
  }
  const name = entry.replace(/^.*\//, "").replace(/\.ts$/, ".js");
  return { main: `${folder}/${name}`, sourceMaps };
}
