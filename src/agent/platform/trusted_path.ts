/**
 * Whether a folder is safe from others, looked at as sshd looks at `~/.ssh`.
 *
 * Whoever can write to a folder can exchange everything below it, so every folder from the root on counts: each belongs to this user
 * or to root, and nobody else may write to it. A folder with the sticky bit such as `/tmp` may be passed, since nobody can take away
 * there what is somebody else's. A link on the way is followed when it belongs to this user or to root, and where it leads counts
 * as well.
 *
 * On Windows nothing is looked at: there are no such modes.
 *
 * @module
 */

import { dirname, parse, resolve, sep } from "node:path";
import { AgentError } from "../../shared/errors.ts";
import { knownName, userName } from "./user_name.ts";

/** What is wrong with a path, where, and what to do about it. */
interface Fault {
  /** The folder or link that is at fault. */
  path: string;
  /** Such as `others can write to it (mode 0777)`. */
  why: string;
  hint: string;
}

/** Of whom a path must be safe. */
interface TrustOptions {
  /**
   * Also trusts the owner of the folder itself, as root may do who only looks at what is in it.
   *
   * @default false
   */
  trustOwner?: boolean;
}

const ROOT = 0;
const STICKY = 0o1000;
const WRITABLE_BY_OTHERS = 0o022;
/** As many as Linux follows. */
const MAX_LINKS = 40;

/**
 * Throws unless nobody but this user and root can exchange the folder at `path` or what is in it. Folders that do not exist yet
 * are passed over; those above them count.
 *
 * @param what the folder's name in the message, such as `data folder`
 * @throws {AgentError} `folder_unusable`, naming the folder on the way that is at fault
 */
export function requireTrusted(what: string, path: string, options: TrustOptions = {}): void {
  const fault = faultOf(path, options);
  if (fault === undefined) return;
  const { path: place, why, hint } = fault;
  const where = place === resolve(path) ? "it" : `"${place}"`;
  throw new AgentError("folder_unusable", `Cannot trust ${what} "${path}": ${where} ${why}`, {
    hint,
  });
}

function faultOf(path: string, { trustOwner = false }: TrustOptions): Fault | undefined {
  if (Deno.build.os === "windows") return undefined;
  const trusted = new Set([ROOT, Deno.uid() ?? ROOT]);
  if (trustOwner) trusted.add(stat(path)?.uid ?? ROOT);
  return new PathCheck(trusted).faultBelowRoot(resolve(path), { isGoal: true });
}

/** One walk along a path. */
class PathCheck {
  readonly #trusted: ReadonlySet<number>;
  #links = 0;

  constructor(trusted: ReadonlySet<number>) {
    this.#trusted = trusted;
  }

  /** The first fault on the way from the root; `isGoal` when the path ends at the folder that is asked for. */
  faultBelowRoot(path: string, { isGoal }: { isGoal: boolean }): Fault | undefined {
    const { root } = parse(path);
    let reached = root;
    let fault = this.#faultOfFolder(root, { isGoal: isGoal && path === root });
    for (const name of path.slice(root.length).split(sep).filter((part) => part !== "")) {
      if (fault !== undefined) return fault;
      reached = resolve(reached, name);
      fault = this.#faultOf(reached, { isGoal: isGoal && reached === path });
    }
    return fault;
  }

  #faultOf(path: string, goal: { isGoal: boolean }): Fault | undefined {
    const found = lstat(path);
    if (found === undefined) return undefined;
    if (!found.isSymlink) return this.#faultOfFolder(path, goal, found);
    if (!this.#trusted.has(found.uid ?? ROOT)) {
      return { path, why: `is a link of ${userName(found.uid)}`, hint: `remove "${path}"` };
    }
    if (++this.#links > MAX_LINKS) {
      return { path, why: "leads through too many links", hint: "give the path without links" };
    }
    return this.faultBelowRoot(resolve(dirname(path), Deno.readLinkSync(path)), goal);
  }

  #faultOfFolder(
    path: string,
    { isGoal }: { isGoal: boolean },
    found = lstat(path),
  ): Fault | undefined {
    // Whoever opens a file as a folder is told so by the system.
    if (!found?.isDirectory) return undefined;
    const { uid, mode } = found;
    if (uid !== null && !this.#trusted.has(uid)) return this.#foreign(path, uid, isGoal);
    const isSafe = mode === null || (mode & WRITABLE_BY_OTHERS) === 0 ||
      (!isGoal && (mode & STICKY) !== 0);
    return isSafe ? undefined : writable(path, mode);
  }

  #foreign(path: string, uid: number, isGoal: boolean): Fault {
    const owner = userName(uid);
    const hint = isGoal && Deno.uid() === ROOT
      ? `run this as its owner, such as with: ${runAs(path, uid)} agent …`
      : `chown ${Deno.uid()} "${path}", or choose a folder below one that only root and this user own`;
    return { path, why: `belongs to ${owner}`, hint };
  }
}

/** Starts a program as a user, who may have no name on this machine. */
function runAs(path: string, uid: number): string {
  const name = knownName(uid);
  if (name !== undefined) return `runuser -u ${name} --`;
  return `setpriv --reuid ${uid} --regid ${stat(path)?.gid ?? uid} --clear-groups`;
}

function writable(path: string, mode: number): Fault {
  const octal = (mode & 0o7777).toString(8).padStart(4, "0");
  return {
    path,
    why: `can be written by others (mode ${octal})`,
    hint: `chmod go-w "${path}", or choose a folder that only root and this user can write to`,
  };
}

function lstat(path: string): Deno.FileInfo | undefined {
  return found(() => Deno.lstatSync(path));
}

function stat(path: string): Deno.FileInfo | undefined {
  return found(() => Deno.statSync(path));
}

/** What cannot be looked at cannot be opened either, and whoever tries is told why. */
function found(look: () => Deno.FileInfo): Deno.FileInfo | undefined {
  try {
    return look();
  } catch {
    return undefined;
  }
}
