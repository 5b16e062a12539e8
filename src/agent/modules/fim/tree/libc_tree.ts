/**
 * The file system by the C library.
 *
 * @module
 */

import type { DirectoryEntry } from "../../../platform/libc/directory_entries.ts";
import type { PathBytes } from "../../../platform/libc/c_string.ts";
import type { FileStatus } from "../../../platform/libc/file_status.ts";
import { type Libc, LibcError } from "../../../platform/libc/libc.ts";
import { RIGHTS } from "../../../platform/file_rights.ts";
import { readPath, showPath } from "../../../platform/raw_path.ts";
import type { FileTree, FolderEntry, OpenFile, OpenFolder } from "./file_tree.ts";
import { typeOf } from "../record/file_record.ts";

/** A call does not take a longer path. */
const MAX_PATH_BYTES = 4_000;
/** The type that `opendir` does not tell is asked for. */
const ENTRY_TYPES: Readonly<Record<DirectoryEntry["type"], FolderEntry["type"]>> = {
  folder: "folder",
  link: "link",
  unknown: "unknown",
  file: "other",
  fifo: "other",
  socket: "other",
  character_device: "other",
  block_device: "other",
};

/** Most files have none. */
const NONE: string[] = [];

/** Opens folders of this machine. */
export class LibcTree implements FileTree {
  readonly #libc: Libc;

  constructor(libc: Libc) {
    this.#libc = libc;
  }

  openFolder(path: string): OpenFolder | undefined {
    const raw = rawName(path);
    return raw.length < MAX_PATH_BYTES
      ? openFolder(this.#libc, raw, { follow: true })
      : this.#openStepwise(path);
  }

  #openStepwise(path: string): OpenFolder | undefined {
    let folder = openFolder(this.#libc, "/", {});
    for (const name of path.split("/").filter((part) => part !== "")) {
      const next = folder?.openFolder(name, { follow: true });
      folder?.close();
      folder = next;
    }
    return folder;
  }
}

class LibcFolder implements OpenFolder {
  readonly #libc: Libc;
  readonly #fd: number;

  constructor(libc: Libc, fd: number) {
    this.#libc = libc;
    this.#fd = fd;
  }

  status(): FileStatus | undefined {
    return orUndefined(() => this.#libc.stat("", { at: this.#fd }));
  }

  entries(): FolderEntry[] | undefined {
    return orUndefined(() => {
      const entries: FolderEntry[] = [];
      for (const { name, type } of this.#libc.entries(this.#fd)) {
        entries.push({ name: showPath(name), type: ENTRY_TYPES[type] });
      }
      return entries;
    });
  }

  statusOf(name: string, { follow = false } = {}): FileStatus | undefined {
    return orUndefined(() => this.#libc.stat(rawName(name), { at: this.#fd, follow }));
  }

  readLink(name: string): string | undefined {
    return orUndefined(() => showPath(this.#libc.readLink(rawName(name), { at: this.#fd })));
  }

  openFile(name: string, { follow = false } = {}): OpenFile | undefined {
    return orUndefined(() => {
      const fd = this.#libc.open(rawName(name), { at: this.#fd, follow });
      // What stood there when it was looked at may be a FIFO by now: it was opened without waiting, and is not read.
      const file = new LibcFile(this.#libc, fd);
      if (typeOf(file.status()) === "file") return file;
      file.close();
      return undefined;
    });
  }

  openFolder(name: string, { follow = false } = {}): OpenFolder | undefined {
    return openFolder(this.#libc, rawName(name), { follow, at: this.#fd });
  }

  close(): void {
    this.#libc.close(this.#fd);
  }
}

class LibcFile implements OpenFile {
  readonly #libc: Libc;
  readonly #fd: number;

  constructor(libc: Libc, fd: number) {
    this.#libc = libc;
    this.#fd = fd;
  }

  status(): FileStatus {
    return this.#libc.stat("", { at: this.#fd });
  }

  rights(): string[] {
    const names = this.#libc.attributeNames(this.#fd);
    if (names.length === 0) return NONE;
    return Object.entries(RIGHTS).filter(([name]) => names.includes(name)).flatMap(
      ([name, textOf]) => {
        const value = this.#libc.attribute(this.#fd, name);
        return value === undefined ? [] : [textOf(value)];
      },
    );
  }

  read(buffer: Uint8Array<ArrayBuffer>): number {
    return this.#libc.read(this.#fd, buffer);
  }

  close(): void {
    this.#libc.close(this.#fd);
  }
}

function openFolder(
  libc: Libc,
  path: PathBytes,
  options: { follow?: boolean; at?: number },
): OpenFolder | undefined {
  return orUndefined(() => new LibcFolder(libc, libc.open(path, { ...options, folder: true })));
}

/** Only what is escaped has to be turned into bytes here. */
function rawName(name: string): PathBytes {
  return name.includes("\\") ? readPath(name) : name;
}

function orUndefined<T>(call: () => T): T | undefined {
  try {
    return call();
  } catch (error) {
    if (error instanceof LibcError) return undefined;
    throw error;
  }
}
