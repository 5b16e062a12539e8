/**
 * The machine as one policy may see it: one of the server never reads what may hold passwords or keys, and not every policy may run commands.
 *
 * @module
 */

import { resolve } from "node:path";
import { mayHoldSecrets } from "../../../platform/secret_paths.ts";
import type { Content, Machine } from "../evaluate/machine.ts";
import type { JobPolicy } from "./scan_job.ts";

/** What a policy may see of `machine`. */
export function machineFor(
  { isRemote, whyNoCommands }: Pick<JobPolicy, "isRemote" | "whyNoCommands">,
  { machine, ownFolders }: { machine: Machine; ownFolders: readonly string[] },
): Machine {
  if (!isRemote && whyNoCommands === undefined) return machine;
  return {
    kindOf: (path) => machine.kindOf(path),
    expand: (path) => machine.expand(path),
    filesBelow: (folder) => machine.filesBelow(folder),
    isRunning: (name) => machine.isRunning(name),
    readFile: (path) => isRemote && whyNotRead(path, ownFolders) || machine.readFile(path),
    run: (command) =>
      whyNoCommands === undefined
        ? machine.run(command)
        : Promise.resolve({ missing: `commands of this policy are not run: ${whyNoCommands}` }),
  };
}

/** What the kernel says of itself, not of its processes. */
const OF_KERNEL = /^\/proc\/(?:sys\/.+|mounts|modules|cmdline|filesystems|swaps)$/;

/** Every link is resolved before a path is looked at. */
function whyNotRead(path: string, ownFolders: readonly string[]): Content | undefined {
  const real = realPath(path);
  if (real !== undefined && !isKept(real, ownFolders)) return undefined;
  return { missing: `${path} may hold passwords or keys, and is never read for the server` };
}

function isKept(path: string, ownFolders: readonly string[]): boolean {
  const isOwn = ownFolders.map((folder) => realPath(folder) ?? folder)
    .some((folder) => path === folder || path.startsWith(`${folder}/`));
  return isOwn || !OF_KERNEL.test(path) && mayHoldSecrets(path);
}

/** `undefined` for a link that leads where nobody can look; a file that is not there is nobody's secret. */
function realPath(path: string): string | undefined {
  const plain = resolve(path);
  if (OF_KERNEL.test(plain)) return plain;
  try {
    return Deno.realPathSync(plain);
  } catch (error) {
    return error instanceof Deno.errors.NotFound ? plain : undefined;
  }
}
