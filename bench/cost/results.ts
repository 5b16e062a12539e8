/**
 * The file with the figures of one run.
 *
 * @module
 */

import { fileURLToPath } from "node:url";
import { readMachine, readVersions } from "../report/results.ts";

const FOLDER = new URL("../results/", import.meta.url);

/** Writes `measured` with machine and versions to `bench/results/<name>-<date>.json`; gives its path. */
export async function writeResults(name: string, measured: object, now: Date): Promise<string> {
  const measured_at = now.toISOString();
  const results = {
    schema: 1,
    measured_at,
    machine: readMachine(),
    versions: await readVersions(),
    ...measured,
  };
  const date = measured_at.slice(0, "YYYY-MM-DD".length);
  return await writeResultFile(`${name}-${date}.json`, `${JSON.stringify(results, null, 2)}\n`);
}

/** Writes a file into `bench/results`; gives its path. */
export async function writeResultFile(name: string, text: string): Promise<string> {
  await Deno.mkdir(FOLDER, { recursive: true });
  const path = fileURLToPath(new URL(name, FOLDER));
  await Deno.writeTextFile(path, text);
  return path;
}
