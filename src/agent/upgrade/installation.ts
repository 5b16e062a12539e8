/**
 * Where the versions of an agent lie that can replace itself:
 *
 *     <install>/versions/1.3.2/agent
 *     <install>/versions/1.4.0/agent
 *     <install>/current -> versions/1.4.0
 *
 * Whoever starts the agent starts `<install>/current/agent`. Another version is taken into use by one rename of the link, so that
 * a power cut at any moment leaves one version or the other.
 *
 * @module
 */

import { basename, dirname, join } from "node:path";
import { syncFolder } from "../identity/atomic_write.ts";
import { requireTrusted } from "../platform/trusted_path.ts";

const VERSIONS = "versions";
const CURRENT = "current";
const PROGRAM = "agent";
/** What a file is called while it is downloaded; its hash follows. */
const PARTIAL = ".partial-";
/** A version as the name of a folder: nothing that leads elsewhere, or is hidden. */
const VERSION_NAME = /^[0-9A-Za-z][0-9A-Za-z.+-]{0,99}$/;

/** The folder that an agent was installed into. */
export class Installation {
  readonly root: string;

  constructor(root: string) {
    this.root = root;
  }

  /** The one that the executable at `path` belongs to; `undefined` when it lies elsewhere, or nothing says which version counts. */
  static of(path: string): Installation | undefined {
    try {
      const folder = dirname(Deno.realPathSync(path));
      if (basename(dirname(folder)) !== VERSIONS) return undefined;
      const installation = new Installation(dirname(dirname(folder)));
      return installation.current === undefined ? undefined : installation;
    } catch {
      // A package may have taken the file away from under the running agent.
      return undefined;
    }
  }

  /** What is started. */
  get program(): string {
    return join(this.root, CURRENT, PROGRAM);
  }

  /** The version that the link names; `undefined` when there is no link, or it leads elsewhere. */
  get current(): string | undefined {
    try {
      const target = Deno.readLinkSync(join(this.root, CURRENT));
      const name = basename(target);
      return basename(dirname(target)) === VERSIONS && VERSION_NAME.test(name) ? name : undefined;
    } catch {
      return undefined;
    }
  }

  /** The executable of a version, which may not be there. */
  programOf(version: string): string {
    if (!VERSION_NAME.test(version)) throw new TypeError(`"${version}" is no version`);
    return join(this.root, VERSIONS, version, PROGRAM);
  }

  /** The versions that are there, those that were put there last first. */
  versions(): string[] {
    const folder = join(this.root, VERSIONS);
    const found = Array.from(Deno.readDirSync(folder), ({ name }) => name)
      .filter((name) => VERSION_NAME.test(name) && isFile(this.programOf(name)));
    const times = new Map(found.map((name) => [name, changedMs(join(folder, name))]));
    return found.sort((a, b) => (times.get(b) ?? 0) - (times.get(a) ?? 0) || (a < b ? 1 : -1));
  }

  /** Where a file with this SHA-256 is downloaded to. */
  partialOf(sha256: string): string {
    return join(this.root, VERSIONS, PARTIAL + sha256);
  }

  /**
   * Makes sure that this process can put versions here, and nobody else but root.
   *
   * @throws {AgentError} `folder_unusable`
   * @throws what the file system says
   */
  requireWritable(): void {
    requireTrusted("folder of versions", join(this.root, VERSIONS));
    for (const folder of [join(this.root, VERSIONS), this.root]) {
      const probe = join(folder, `.writable-${crypto.randomUUID()}`);
      Deno.writeTextFileSync(probe, "", { createNew: true, mode: 0o600 });
      Deno.removeSync(probe);
    }
  }

  /** Gives what was downloaded its place: whole, executable, on the disk. */
  adopt(partial: string, version: string): void {
    const program = this.programOf(version);
    Deno.mkdirSync(dirname(program), { recursive: true, mode: 0o755 });
    if (Deno.build.os !== "windows") Deno.chmodSync(partial, 0o555);
    Deno.renameSync(partial, program);
    // Its age orders the versions.
    Deno.utimeSync(dirname(program), new Date(), new Date());
    syncFolder(dirname(program));
    syncFolder(join(this.root, VERSIONS));
  }

  /** Takes a version into use: whoever starts the agent from then on starts that one. */
  switchTo(version: string): void {
    const program = this.programOf(version);
    if (!isFile(program)) throw new Error(`there is no "${program}"`);
    const beside = join(this.root, `.${CURRENT}-next`);
    removeIfThere(beside);
    Deno.symlinkSync(join(VERSIONS, version), beside);
    Deno.renameSync(beside, join(this.root, CURRENT));
    syncFolder(this.root);
  }

  /** Removes a version that is not in use. */
  remove(version: string): void {
    if (version === this.current) throw new Error(`version ${version} is in use`);
    removeIfThere(dirname(this.programOf(version)));
  }

  /** Removes all but `kept` and the versions put there last, so many of them; and downloads that were given up. */
  tidy(kept: readonly string[], most: number): void {
    const others = this.versions().filter((version) =>
      version !== this.current && !kept.includes(version)
    );
    const left = Math.max(0, most - kept.filter((version) => version !== this.current).length);
    for (const version of others.slice(left)) this.remove(version);
    this.removePartials();
  }

  /** Removes downloads but for the one with this SHA-256. */
  removePartials(but?: string): void {
    for (const { name } of Deno.readDirSync(join(this.root, VERSIONS))) {
      if (!name.startsWith(PARTIAL) || name === PARTIAL + but) continue;
      removeIfThere(join(this.root, VERSIONS, name));
    }
  }

  /** Makes the layout with a copy of the executable `source` as its only version, or as one more. */
  static make(
    root: string,
    { source, version }: { source: string; version: string },
  ): Installation {
    const installation = new Installation(root);
    const folder = join(root, VERSIONS);
    Deno.mkdirSync(folder, { recursive: true, mode: 0o755 });
    const beside = join(folder, `${PARTIAL}copy`);
    Deno.copyFileSync(source, beside);
    using file = Deno.openSync(beside, { read: true });
    file.syncSync();
    installation.adopt(beside, version);
    installation.switchTo(version);
    return installation;
  }
}

function isFile(path: string): boolean {
  try {
    return Deno.lstatSync(path).isFile;
  } catch {
    return false;
  }
}

function changedMs(path: string): number {
  return Deno.lstatSync(path).mtime?.getTime() ?? 0;
}

function removeIfThere(path: string): void {
  try {
    Deno.removeSync(path, { recursive: true });
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}
