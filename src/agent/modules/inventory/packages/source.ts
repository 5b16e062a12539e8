/**
 * Where packages come from: one file a package manager.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { messageOf } from "../../../../shared/errors.ts";
import type { Machine } from "../machine.ts";
import type { Package, PackageKind } from "./package.ts";

/** What a source reads with. */
export interface SourceContext {
  machine: Machine;
  signal: AbortSignal;
  /** Paths of modules of languages that a package manager of the system has put there. Looked for when it is first asked. */
  owned: () => ReadonlySet<string>;
  /** Tells why what is given is not all. */
  note: (problem: string) => void;
}

/** A package manager. */
export interface PackageSource {
  readonly kind: PackageKind;
  /** Files and folders that change whenever what is installed does; none of them need exist. */
  databases(machine: Machine): string[];
  /** False when the machine does not have it: then it has no packages, and that is no failure. */
  detect(machine: Machine): boolean;
  /**
   * All packages; what is known to be missing is noted.
   *
   * @throws when nothing of it can be read or understood
   */
  read(context: SourceContext): Package[] | Promise<Package[]>;
}

/** Identities of these paths in one text; what is not there is part of it. */
export function identityOf(machine: Machine, paths: readonly string[]): string {
  return paths.map((path) => {
    const identity = machine.identify(path);
    return identity && `${path} ${identity.inode} ${identity.size} ${identity.modifiedNs}`;
  }).join("\n");
}

/** `read`, with the path in front of what it throws. */
export function naming<T>(path: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Error(`"${path}": ${why}`, { cause: error });
  }
}

/** So many entries that cannot be understood are named. */
const MAX_NAMED = 5;

/**
 * Reads entries one by one: one that cannot be understood takes nothing from the others. It is noted, so that nothing counts as
 * removed meanwhile.
 */
export class EntryReader {
  readonly #note: (problem: string) => void;
  #unread = 0;

  constructor(note: (problem: string) => void) {
    this.#note = note;
  }

  /** What `read` gives; nothing when it throws. */
  read<T>(read: () => T): T | undefined {
    try {
      return read();
    } catch (error) {
      if (++this.#unread <= MAX_NAMED) this.#note(messageOf(error));
      return undefined;
    }
  }

  /** Notes how many more there were than those that were named. */
  end(): void {
    const more = this.#unread - MAX_NAMED;
    if (more > 0) this.#note(`${more} more entries that cannot be understood`);
  }
}

/** The time of a file as ISO 8601. */
export function timeOf(machine: Machine, path: string): string | undefined {
  const identity = machine.identify(path);
  return identity && new Date(Number(identity.modifiedNs / 1_000_000n)).toISOString();
}

/** Most modules of a language that are read: there is one file for each. */
const MAX_MODULES = 20_000;
/** So many files are read before others have their turn. */
const SLICE = 200;

/** Reads modules of a language one by one, the first {@linkcode MAX_MODULES} of them; those of the system's packages are left out. */
export async function readModules(
  paths: readonly string[],
  { machine, owned, note, signal }: SourceContext,
  read: (path: string) => Package | undefined,
): Promise<Package[]> {
  if (paths.length > MAX_MODULES) {
    note(`${paths.length} modules, of which only the first ${MAX_MODULES} are read`);
  }
  const found: Package[] = [];
  const entries = new EntryReader(note);
  const elsewhere = paths.length > 0 ? owned() : new Set();
  for (const [index, path] of paths.slice(0, MAX_MODULES).entries()) {
    const one = elsewhere.has(path) ? undefined : entries.read(() => read(path));
    if (one !== undefined) found.push(one);
    if (index % SLICE === SLICE - 1) await machine.wait(new Promise((done) => setTimeout(done)));
    signal.throwIfAborted();
  }
  entries.end();
  return found;
}

/** Names in the order of their bytes, so that a scan is the same each time. */
export function sorted(names: Iterable<string>): string[] {
  return [...names].sort((one, other) => Buffer.compare(Buffer.from(one), Buffer.from(other)));
}
