/**
 * Files with results: what was measured, on what, with which versions.
 *
 * @module
 */

import { arch, cpus, platform, release, totalmem } from "node:os";
import { fileURLToPath } from "node:url";
import { VERSION } from "../../src/shared/version.ts";

const FOLDER = new URL("../results/", import.meta.url);

/** What every results file begins with. */
interface Circumstances {
  /** Version of the file's shape. */
  schema: 1;
  /** ISO 8601. */
  measured_at: string;
  machine: Machine;
  versions: Versions;
}

/** What the figures were measured on. */
interface Machine {
  cpu: string;
  /** Hardware threads. */
  cores: number;
  memory_bytes: number;
  os: string;
  kernel: string;
  architecture: string;
}

/** What was measured. */
interface Versions {
  agent: string;
  /** Hash of the commit, with `-dirty` when files differ from it; `null` outside a repository. */
  git_commit: string | null;
  deno: string;
  v8: string;
  typescript: string;
}

/**
 * Writes what was measured to `bench/results/<name>.json`, in place of what was there; gives the file's path. The date
 * stands in the file.
 */
export async function writeResults(
  measured: object,
  { name, now }: { name: string; now: Date },
): Promise<string> {
  return await writeResultFile(`${name}.json`, await resultsText(measured, now));
}

/** The text of a results file: what was measured, with the circumstances before it. */
export async function resultsText(measured: object, now: Date): Promise<string> {
  const circumstances: Circumstances = {
    schema: 1,
    measured_at: now.toISOString(),
    machine: readMachine(),
    versions: await readVersions(),
  };
  return `${JSON.stringify({ ...circumstances, ...measured }, null, 2)}\n`;
}

/** Writes a file into `bench/results`; gives its path. */
export async function writeResultFile(name: string, text: string): Promise<string> {
  await Deno.mkdir(FOLDER, { recursive: true });
  const path = fileURLToPath(new URL(name, FOLDER));
  await Deno.writeTextFile(path, text);
  return path;
}

/** Describes this machine. */
function readMachine(): Machine {
  const processors = cpus();
  return {
    cpu: processors[0]?.model ?? "unknown",
    cores: processors.length,
    memory_bytes: totalmem(),
    os: platform(),
    kernel: release(),
    architecture: arch(),
  };
}

/** The versions that run. */
async function readVersions(): Promise<Versions> {
  return { agent: VERSION, git_commit: await readCommit(), ...Deno.version };
}

async function readCommit(): Promise<string | null> {
  try {
    const { success, stdout } = await new Deno.Command("git", {
      args: ["describe", "--always", "--abbrev=40", "--dirty", "--exclude=*"],
      cwd: fileURLToPath(new URL("../../", import.meta.url)),
      stderr: "null",
    }).output();
    return success ? new TextDecoder().decode(stdout).trim() : null;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}
