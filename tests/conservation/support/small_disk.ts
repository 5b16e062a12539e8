/**
 * Small disks that can really be filled: a file system of a few megabytes, mounted for one test.
 *
 * @module
 */

import assert from "node:assert/strict";
import { statfsSync } from "node:fs";

/** Kinds of file system: in memory, and one with blocks and a journal of its own in a loop file. */
export type DiskKind = "tmpfs" | "ext4";

/** Fills what is free at most in steps of this. */
const PIECE = new Uint8Array(1024 * 1024).fill(7);

/** A mounted disk; unmounted with its scope. */
export class SmallDisk implements Disposable {
  /** Where it is mounted. */
  readonly path: string = Deno.makeTempDirSync({ prefix: "small-disk-" });
  readonly #image: string | undefined;

  /** @throws when this machine does not let us mount; ask {@linkcode canMount} first */
  constructor(kind: DiskKind, megabytes: number) {
    if (kind === "tmpfs") {
      must("mount", "-t", "tmpfs", "-o", `size=${megabytes}m,mode=0700`, "tmpfs", this.path);
      return;
    }
    this.#image = Deno.makeTempFileSync({ suffix: ".ext4" });
    Deno.truncateSync(this.#image, megabytes * 1024 * 1024);
    must("mkfs.ext4", "-q", "-F", "-m", "0", this.#image);
    must("mount", "-o", "loop", this.#image, this.path);
  }

  /** Path of a file on it. */
  file(name: string): string {
    return `${this.path}/${name}`;
  }

  /** Bytes that are free for us. */
  get freeBytes(): number {
    const { bavail, bsize } = statfsSync(this.path);
    return bavail * bsize;
  }

  /** Fills the disk to the last byte, with files of somebody else. */
  fill(name = "junk"): void {
    for (const piece of [PIECE, PIECE.subarray(0, 4096), PIECE.subarray(0, 1)]) {
      appendWhileThereIsRoom(this.file(name), piece);
    }
  }

  /** Removes what {@linkcode fill} put there. */
  free(name = "junk"): void {
    Deno.removeSync(this.file(name));
  }

  [Symbol.dispose](): void {
    must("umount", "-l", this.path);
    Deno.removeSync(this.path);
    if (this.#image !== undefined) Deno.removeSync(this.#image);
  }
}

/** Whether such disks can be mounted here; tried once for each kind. */
export function canMount(kind: DiskKind): boolean {
  try {
    new SmallDisk(kind, 8)[Symbol.dispose]();
    return true;
  } catch {
    return false;
  }
}

/** Registers a test on a small disk; where none can be mounted, its name says so. */
export function diskTest(
  kind: DiskKind,
  megabytes: number,
  test: { name: string; run: (disk: SmallDisk) => void | Promise<void> },
): void {
  if (!canMount(kind)) {
    Deno.test(`${test.name} (${kind}; skipped: it cannot be mounted here)`, () => {});
    return;
  }
  Deno.test(`${test.name} (${kind})`, async () => {
    using disk = new SmallDisk(kind, megabytes);
    await test.run(disk);
  });
}

function appendWhileThereIsRoom(path: string, piece: Uint8Array): void {
  using file = Deno.openSync(path, { create: true, append: true });
  try {
    for (;;) if (file.writeSync(piece) === 0) return;
  } catch (error) {
    assert.match(String(error), /no space|os error 28/i);
  }
}

function must(command: string, ...args: string[]): void {
  const { success, stderr } = new Deno.Command(command, { args, stdout: "null" }).outputSync();
  if (!success) throw new Error(`${command}: ${new TextDecoder().decode(stderr)}`);
}
