/**
 * The agent's groups and their configuration files, which change together or not at all.
 *
 *     identity.json                     "groups": ["web", "linux"], "group_files": "<generation>"
 *     shared/<generation>/web.yml       the file of each group
 *     shared/<generation>/linux.yml
 *
 * A generation is written once and never changed. It is in force when `identity.json` names it, and
 * that file is replaced as a whole: so one rename puts the list of groups and all files in force
 * together. After a crash before it the old generation is in force, after it the new one; what no
 * identity names is removed when the next generation is stored, but for the last one that has proved
 * itself (`group_trial.ts`). A new registration names no
 * generation and so begins without files.
 *
 * The time of a file is when it came. The time of its folder is when the server last had the same files.
 *
 * @module
 */

import { join } from "node:path";
import { AgentError, messageOf } from "../../shared/errors.ts";
import { readOwnFile } from "../../shared/files/private_file.ts";
import { syncFolder, writeThrough } from "./atomic_write.ts";
import { GroupTrial } from "./group_trial.ts";
import { IdentityFile } from "./identity_file.ts";
import type {
  GroupFile,
  GroupFileReport,
  GroupFilesReport,
  StoredGroups,
} from "../../shared/protocol/groups.ts";

/** What a {@linkcode GroupFiles} is built with. */
interface GroupFilesOptions {
  /** Whether files have proved themselves. @default that of the data folder */
  trial?: GroupTrial;
  /** Writes a new file so that it survives a power failure. @default the file system's */
  write?: (path: string, text: string) => void;
}

/** Behind the name of a group: what its server said beside its file of who signed it. */
const SIGNATURE = ".yml.signature";

/** The groups of the agent whose identity is `identity`. Whoever stores holds the lock of the data folder. */
export class GroupFiles {
  readonly #identity: Pick<IdentityFile, "load" | "update">;
  readonly #folder: string;
  readonly #write: (path: string, text: string) => void;
  readonly #trial: GroupTrial;

  constructor(
    dataFolder: string,
    identity: Pick<IdentityFile, "load" | "update">,
    { write = writeThrough, trial = new GroupTrial(dataFolder) }: GroupFilesOptions = {},
  ) {
    this.#folder = join(dataFolder, "shared");
    this.#identity = identity;
    this.#write = write;
    this.#trial = trial;
  }

  /** The files that an agent ran with before those of now, if they are there still. */
  lastGood(): readonly GroupFile[] {
    const { generation, groups = [] } = this.#trial.good ?? {};
    return generation === undefined
      ? []
      : groups.flatMap((name) => this.#readFile(generation, name));
  }

  /** True when an agent was killed too often with the files that are stored: then the last good ones are in force. */
  get hasFallenBack(): boolean {
    const { group_files: generation } = this.#identity.load();
    return generation !== undefined && this.#trial.hasFailed(generation);
  }

  /**
   * Reads what is in force.
   *
   * @throws {AgentError} as {@linkcode IdentityFile.load} does, and `failed` when a file cannot be
   *   read
   */
  read(): StoredGroups {
    const { groups, group_files: generation } = this.#identity.load();
    if (generation === undefined) return { groups, files: [] };
    if (this.#trial.hasFailed(generation)) return { groups, files: this.lastGood() };
    return { groups, files: groups.flatMap((name) => this.#readFile(generation, name)) };
  }

  /**
   * Puts groups and their files in force.
   *
   * @throws {AgentError} `folder_unusable`; what was in force before then still is
   */
  store({ groups, files }: StoredGroups): void {
    const generation = files.length === 0 ? undefined : crypto.randomUUID();
    const { groups: groupsBefore, group_files: before } = this.#identity.load();
    if (generation !== undefined) this.#writeAll(generation, files);
    const stored = before === undefined ? undefined : { generation: before, groups: groupsBefore };
    this.#trial.begin(generation, stored);
    this.#identity.update({ groups: [...groups], group_files: generation });
    this.#removeOthers(generation);
  }

  /** Notes that the server has the files that are in force; `nowMs` is wall clock time. */
  confirm(nowMs = Date.now()): void {
    const { generation } = this.#inForce();
    if (generation === undefined) return;
    try {
      Deno.utimeSync(join(this.#folder, generation), new Date(nowMs), new Date(nowMs));
    } catch {
      // Then it is not known how old they are, which changes nothing.
    }
  }

  /** The files that the agent was killed with too often, while those before them are in force. */
  failed(): StoredGroups | undefined {
    const { groups, group_files: generation } = this.#identity.load();
    if (generation === undefined || !this.#trial.hasFailed(generation)) return undefined;
    return { groups, files: groups.flatMap((name) => this.#readFile(generation, name)) };
  }

  /** What is in force, and how old it is. */
  report(): GroupFilesReport {
    const { generation, groups } = this.#inForce();
    if (generation === undefined) return { files: [], confirmed_at: null };
    const folder = join(this.#folder, generation);
    return {
      files: groups.flatMap((name) => reportOf(name, join(folder, `${name}.yml`))),
      confirmed_at: timeOf(folder)?.toISOString() ?? null,
    };
  }

  /** The generation whose files are in force, and the groups that they are of. */
  #inForce(): { generation: string | undefined; groups: readonly string[] } {
    const { groups, group_files: generation } = this.#identity.load();
    if (generation === undefined || !this.#trial.hasFailed(generation)) {
      return { generation, groups };
    }
    return this.#trial.good ?? { generation: undefined, groups: [] };
  }

  #readFile(generation: string, name: string): GroupFile[] {
    const path = join(this.#folder, generation, `${name}.yml`);
    try {
      const signature = this.#readSignature(generation, name);
      return [{ name, text: readOwnFile(path), ...(signature !== undefined && { signature }) }];
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return [];
      if (error instanceof AgentError) throw error;
      throw new AgentError("failed", `Cannot read "${path}": ${messageOf(error)}`, {
        cause: error,
        hint: "run the agent as the user who registered it",
      });
    }
  }

  /** What cannot be read counts as none: then the file is not believed where that is asked for. */
  #readSignature(generation: string, name: string): string | undefined {
    try {
      return readOwnFile(join(this.#folder, generation, name + SIGNATURE));
    } catch {
      return undefined;
    }
  }

  #writeAll(generation: string, files: readonly GroupFile[]): void {
    const folder = join(this.#folder, generation);
    try {
      Deno.mkdirSync(folder, { recursive: true, mode: 0o700 });
      for (const { name, text, signature } of files) {
        this.#write(join(folder, `${name}.yml`), text);
        if (signature !== undefined) this.#write(join(folder, name + SIGNATURE), signature);
      }
      syncFolder(folder);
      syncFolder(this.#folder);
      syncFolder(join(this.#folder, ".."));
    } catch (error) {
      this.#remove(generation);
      throw new AgentError("folder_unusable", `Cannot write "${folder}": ${messageOf(error)}`, {
        cause: error,
        hint: "make room on the disk, and the folder writable for this user",
      });
    }
  }

  /** What can't be removed is in force nowhere; the next call tries again. */
  #removeOthers(generation: string | undefined): void {
    for (const name of this.#generations()) {
      if (name !== generation && name !== this.#trial.good?.generation) this.#remove(name);
    }
  }

  #generations(): string[] {
    try {
      return Array.from(Deno.readDirSync(this.#folder), ({ name }) => name);
    } catch {
      return [];
    }
  }

  #remove(generation: string): void {
    try {
      Deno.removeSync(join(this.#folder, generation), { recursive: true });
    } catch {
      // See #removeOthers.
    }
  }
}

function reportOf(group: string, path: string): GroupFileReport[] {
  const info = infoOf(path);
  if (info === undefined) return [];
  return [{ group, bytes: info.size, stored_at: (info.mtime ?? new Date(0)).toISOString() }];
}

function timeOf(path: string): Date | undefined {
  return infoOf(path)?.mtime ?? undefined;
}

function infoOf(path: string): Deno.FileInfo | undefined {
  try {
    return Deno.lstatSync(path);
  } catch {
    return undefined;
  }
}

/**
 * What of the groups' configuration lies in a data folder, and how old it is; nothing without an identity.
 *
 * @throws {AgentError} as {@linkcode GroupFiles.read} does
 */
export function reportGroupFiles(dataFolder: string): GroupFilesReport {
  const identity = new IdentityFile(dataFolder);
  if (!identity.exists()) return { files: [], confirmed_at: null };
  return new GroupFiles(dataFolder, identity).report();
}

/**
 * The group files of a data folder, in the order of the groups; none without an identity.
 *
 * @throws {AgentError} as {@linkcode GroupFiles.read} does
 */
export function readGroupFiles(dataFolder: string): readonly GroupFile[] {
  const identity = new IdentityFile(dataFolder);
  return identity.exists() ? new GroupFiles(dataFolder, identity).read().files : [];
}

/**
 * The files of groups that an agent of this data folder last ran with before those of now.
 *
 * @throws {AgentError} as {@linkcode GroupFiles.read} does
 */
export function readLastGoodFiles(dataFolder: string): readonly GroupFile[] {
  const identity = new IdentityFile(dataFolder);
  return identity.exists() ? new GroupFiles(dataFolder, identity).lastGood() : [];
}
