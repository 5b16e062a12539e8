/**
 * The machine as one policy may see it: not every policy may run commands, and one of the server sees only files that this machine lets it
 * see, and never those that may hold passwords or keys.
 *
 * @module
 */

import { matchesGlob, resolve } from "node:path";
import { mayHoldSecrets } from "../../../platform/secret_paths.ts";
import type { Machine } from "../evaluate/machine.ts";
import type { JobPolicy } from "./scan_job.ts";

/** What bounds a policy of the server. */
interface RemoteBounds {
  machine: Machine;
  /** Folders of the agent, in which nothing is seen. */
  ownFolders: readonly string[];
  /** Globs of what is seen. */
  remoteFiles: readonly string[];
}

/** What a policy may see of `machine`. */
export function machineFor(
  { isRemote, whyNoCommands }: Pick<JobPolicy, "isRemote" | "whyNoCommands">,
  bounds: RemoteBounds,
): Machine {
  const { machine } = bounds;
  const seen = isRemote ? withinBounds(bounds) : machine;
  if (whyNoCommands === undefined) return seen;
  const missing = `commands of this policy are not run: ${whyNoCommands}`;
  return { ...methodsOf(seen), run: () => Promise.resolve({ missing }) };
}

function withinBounds({ machine, ownFolders, remoteFiles }: RemoteBounds): Machine {
  const own = ownFolders.map((folder) => realPath(folder) ?? folder);
  const why = (path: string) => whyNotSeen(path, own, remoteFiles);
  const missing = (path: string) => {
    const reason = why(path);
    return reason === undefined ? undefined : { missing: `${path} ${reason}` };
  };
  const isSeen = (path: string) => why(path) === undefined;
  return {
    ...methodsOf(machine),
    kindOf: (path) => missing(path) ?? machine.kindOf(path),
    readFile: (path) => missing(path) ?? machine.readFile(path),
    // A path without names that are to be found is the policy's own; the others tell what there is.
    expand: (path) => {
      const paths = machine.expand(path);
      return paths.length === 1 && paths[0] === path ? paths : paths.filter(isSeen);
    },
    filesBelow: (folder) => {
      const below = missing(folder) ?? machine.filesBelow(folder);
      return "missing" in below ? below : { paths: below.paths.filter(isSeen) };
    },
  };
}

function methodsOf(machine: Machine): Machine {
  return {
    kindOf: (path) => machine.kindOf(path),
    readFile: (path) => machine.readFile(path),
    expand: (path) => machine.expand(path),
    filesBelow: (folder) => machine.filesBelow(folder),
    isRunning: (name) => machine.isRunning(name),
    run: (command) => machine.run(command),
  };
}

/** What the kernel says of itself, not of its processes. */
const OF_KERNEL = /^\/proc\/(?:sys\/.+|mounts|modules|cmdline|filesystems|swaps)$/;

/** A byte as `showPath` writes it where a name is no text. */
const ESCAPED = /\\x[0-9a-f]{2}/;

/** Every link is resolved before a path is looked at. */
function whyNotSeen(
  path: string,
  own: readonly string[],
  remoteFiles: readonly string[],
): string | undefined {
  // What is looked at here is not what such a path names: `/etc/\\x73hadow` is another way to write `/etc/shadow`.
  if (ESCAPED.test(path)) return "has bytes as \\x.. in it, and is not looked at for the server";
  const real = realPath(path);
  if (real === undefined) return "leads where the server's policies may not look";
  if (OF_KERNEL.test(real)) return undefined;
  if (own.some((folder) => isIn(real, folder)) || mayHoldSecrets(real)) {
    return "may hold passwords or keys, and is never looked at for the server";
  }
  return remoteFiles.some((glob) => `${real}/**` === glob || matchesGlob(real, glob))
    ? undefined
    : "is outside of sca.remote_files of this machine";
}

function isIn(path: string, folder: string): boolean {
  return path === folder || path.startsWith(`${folder}/`);
}

/** `undefined` for a link that leads where nobody can look; what is not there is where it is named. */
function realPath(path: string): string | undefined {
  const plain = resolve(path);
  if (OF_KERNEL.test(plain)) return plain;
  try {
    return Deno.realPathSync(plain);
  } catch (error) {
    return error instanceof Deno.errors.NotFound ? plain : undefined;
  }
}
