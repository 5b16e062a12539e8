/**
 * Which files a server may have read: those in `remote.allow.localfiles`, but never the agent's own and those that hold passwords
 * or keys, wherever they are.
 *
 * @module
 */

import { dirname, matchesGlob, resolve, sep } from "node:path";
import { mayHoldSecrets } from "../platform/secret_paths.ts";
import type { AgentConfig } from "./schema.ts";

const MAGIC = /[*?[{]/;

/** What says which files a server may have read. */
type Bounds = Pick<AgentConfig, "remote" | "agent">;

/**
 * Why a server may not have a path or glob followed, to follow `… is "/x", `; `undefined` when it may. Of a glob only what is named
 * in full is looked at: what it finds is asked about again.
 */
export function whyNotRemote(location: string, bounds: Bounds): string | undefined {
  if (/(?:^|[\\/{,])\.\.(?:$|[\\/},])/.test(location)) return 'which goes through ".."';
  const path = resolve(location);
  if (!MAGIC.test(path)) return whyNotRead(path, bounds);
  const folder = dirname(path.slice(0, path.search(MAGIC)) + "x");
  const isWithin = bounds.remote.allow.localfiles.some((allowed) => {
    const { fixed, isGlob } = parts(allowed);
    // A glob in the middle of an allowed one, such as /srv/*/logs, is told by what it finds.
    return isGlob ? isIn(folder, fixed) || matchesGlob(folder, resolve(allowed)) : false;
  });
  return secretIn(`${folder}${sep}`, bounds) ?? (isWithin ? undefined : OUTSIDE);
}

/** Why a server may not have the file at `path` read, every link resolved; `undefined` when it may. */
export function whyNotRead(path: string, bounds: Bounds): string | undefined {
  const isAllowed = bounds.remote.allow.localfiles.some((allowed) =>
    path === resolve(allowed) || matchesGlob(path, resolve(allowed))
  );
  return secretIn(path, bounds) ?? (isAllowed ? undefined : OUTSIDE);
}

const OUTSIDE =
  "which the server may not have read: it is outside of remote.allow.localfiles of this machine";

function secretIn(path: string, { agent }: Bounds): string | undefined {
  const own = [agent.path.data, agent.path.run].some((folder) =>
    isIn(path, realOf(resolve(folder)))
  );
  if (own) return "which is in the agent's own folder, and never read for the server";
  const credentials = [agent.client_key, agent.enrollment_token_file];
  if (credentials.some((file) => file !== undefined && path === realOf(resolve(file)))) {
    return "which holds a credential of the agent, and is never read for the server";
  }
  if (!mayHoldSecrets(path)) return undefined;
  return "which may hold passwords or keys, and is never read for the server";
}

function parts(glob: string): { fixed: string; isGlob: boolean } {
  const path = resolve(glob);
  if (!MAGIC.test(path)) return { fixed: path, isGlob: false };
  return { fixed: dirname(path.slice(0, path.search(MAGIC)) + "x"), isGlob: true };
}

function isIn(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder.endsWith(sep) ? folder : folder + sep);
}

function realOf(folder: string): string {
  try {
    return Deno.realPathSync(folder);
  } catch {
    return folder;
  }
}
