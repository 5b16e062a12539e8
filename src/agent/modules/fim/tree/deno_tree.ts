/**
 * The file system by what Deno gives: names that are not UTF-8 are not seen, times are coarse.
 *
 * @module
 */

import type { FileStatus } from "../../../platform/libc/file_status.ts";
import { openRegularFile } from "../../../../shared/files/regular_file.ts";
import { type BigIntStats, fstatSync, lstatSync, readSync, statSync } from "node:fs";
import { childPath } from "../rules/paths.ts";
import type { FileTree, FolderEntry, OpenFile, OpenFolder } from "./file_tree.ts";

/** Opens folders of this machine. */
export class DenoTree implements FileTree {
  openFolder(path: string): OpenFolder | undefined {
    return orUndefined(() => statSync(path).isDirectory() ? new DenoFolder(path) : undefined);
  }
}

class DenoFolder implements OpenFolder {
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
  }

  status(): FileStatus | undefined {
    return orUndefined(() => statusOf(statSync(this.#path, { bigint: true })));
  }

  entries(): FolderEntry[] | undefined {
    return orUndefined(() =>
      Array.from(Deno.readDirSync(this.#path), ({ name, isDirectory, isSymlink }) => ({
        name,
        type: isDirectory ? "folder" : isSymlink ? "link" : "other",
      }))
    );
  }

  statusOf(name: string, { follow = false } = {}): FileStatus | undefined {
    const path = this.#child(name);
    const look = follow ? statSync : lstatSync;
    return orUndefined(() => statusOf(look(path, { bigint: true })));
  }

  readLink(name: string): string | undefined {
    return orUndefined(() => Deno.readLinkSync(this.#child(name)));
  }

  openFile(name: string, { follow = false } = {}): OpenFile | undefined {
    return orUndefined(() => new DenoFile(this.#child(name), follow));
  }

  openFolder(name: string, { follow = false } = {}): OpenFolder | undefined {
    const path = this.#child(name);
    const look = follow ? statSync : lstatSync;
    return orUndefined(() => look(path).isDirectory() ? new DenoFolder(path) : undefined);
  }

  close(): void {}

  #child(name: string): string {
    return childPath(this.#path, name);
  }
}

class DenoFile implements OpenFile {
  readonly #file: ReturnType<typeof openRegularFile>;

  constructor(path: string, followLink: boolean) {
    this.#file = openRegularFile(path, { followLink });
  }

  status(): FileStatus {
    return statusOf(fstatSync(this.#file.descriptor, { bigint: true }));
  }

  /** Deno has no call for them. */
  rights(): string[] {
    return [];
  }

  read(buffer: Uint8Array<ArrayBuffer>): number {
    return readSync(this.#file.descriptor, buffer);
  }

  close(): void {
    this.#file[Symbol.dispose]();
  }
}

function statusOf(stats: BigIntStats): FileStatus {
  return {
    mode: Number(stats.mode),
    uid: Number(stats.uid),
    gid: Number(stats.gid),
    links: Number(stats.nlink),
    inode: stats.ino,
    size: Number(stats.size),
    modifiedNs: stats.mtimeNs,
    changedNs: stats.ctimeNs,
    device: deviceText(stats.dev),
    mount: 0n,
    attributes: { immutable: false, append: false },
  };
}

/** As `statx` tells it: `major:minor` out of `dev_t` of Linux. */
function deviceText(device: bigint): string {
  const major = (device >> 8n) & 0xfffn | (device >> 32n) & ~0xfffn;
  const minor = device & 0xffn | (device >> 12n) & ~0xffn;
  return `${major}:${minor}`;
}

/** What Deno throws here says that something is gone or may not be looked at. */
function orUndefined<T>(call: () => T): T | undefined {
  try {
    return call();
  } catch {
    return undefined;
  }
}
