/**
 * Files and folders for rules: by the C library, which also reaches `/proc`, `/sys` and names that are not UTF-8, or by Deno.
 *
 * @module
 */

import { LibcLibrary } from "../../../platform/libc/library.ts";
import type { Libc } from "../../../platform/libc/libc.ts";
import { readPath, showPath } from "../../../platform/raw_path.ts";
import type { Machine } from "../evaluate/machine.ts";

/** Larger files are not looked at. */
const MAX_FILE_BYTES = 16 * 1024 * 1024;
const TYPE_MASK = 0o170000;
const TYPES: Readonly<Record<number, "file" | "folder">> = { 0o100000: "file", 0o040000: "folder" };

/** What a path is; {@linkcode Machine.kindOf}. */
type Kind = ReturnType<Machine["kindOf"]>;

/** A name in a folder; `other` is a link, a device and the like. */
interface Entry {
  name: string;
  kind: "file" | "folder" | "other";
}

/** Reads, and says why it cannot. Keeps nothing. */
export class FileAccess {
  readonly #library: LibcLibrary;

  constructor(library = new LibcLibrary()) {
    this.#library = library;
  }

  /** What a path is, links followed. */
  kindOf(path: string): Kind {
    return this.#statusOf(path).kind;
  }

  /** The bytes of a file; only of what is one: a pipe or a device could be read for ever. */
  readFile(path: string): { bytes: Uint8Array } | { missing: string } {
    const { kind, size } = this.#statusOf(path);
    if (typeof kind === "object") return kind;
    if (kind === "absent") return { missing: `there is no file ${path}` };
    if (kind !== "file") return { missing: `${path} is no file` };
    if (size > MAX_FILE_BYTES) return { missing: `${path} is larger than 16 MiB` };
    try {
      const { libc } = this.#library;
      const bytes = libc?.readFile(readPath(path), { follow: true, maxBytes: MAX_FILE_BYTES }) ??
        Deno.readFileSync(path);
      return { bytes };
    } catch (error) {
      return {
        missing: `${path} cannot be read: ${reasonOf(error, () => Deno.openSync(path).close())}`,
      };
    }
  }

  /** The names in a folder, in their order. */
  list(path: string): { entries: readonly Entry[] } | { missing: string } {
    try {
      const { libc } = this.#library;
      const entries = libc === undefined ? byDeno(path) : this.#byLibc(libc, path);
      return { entries: entries.sort((one, other) => one.name < other.name ? -1 : 1) };
    } catch (error) {
      const reason = reasonOf(error, () => Deno.readDirSync(path)[Symbol.iterator]().next());
      return { missing: `the folder ${path} cannot be read: ${reason}` };
    }
  }

  #byLibc(libc: Libc, path: string): Entry[] {
    return libc.readFolder(readPath(path), { follow: true }).map(({ name, type }) => {
      const shown = showPath(name);
      const known = type === "unknown" ? this.#kindOfEntry(libc, `${path}/${shown}`) : type;
      return { name: shown, kind: known === "file" || known === "folder" ? known : "other" };
    });
  }

  #kindOfEntry(libc: Libc, path: string): "file" | "folder" | "other" {
    return TYPES[libc.stat(readPath(path)).mode & TYPE_MASK] ?? "other";
  }

  #statusOf(path: string): { kind: Kind; size: number } {
    const { libc } = this.#library;
    try {
      if (libc === undefined) {
        const { isFile, isDirectory, size } = Deno.statSync(path);
        return { kind: isFile ? "file" : isDirectory ? "folder" : "other", size };
      }
      const { mode, size } = libc.stat(readPath(path), { follow: true });
      return { kind: TYPES[mode & TYPE_MASK] ?? "other", size };
    } catch (error) {
      return { kind: whyNoStatus(path, error), size: 0 };
    }
  }
}

function byDeno(path: string): Entry[] {
  return Array.from(Deno.readDirSync(path), ({ name, isFile, isDirectory }) => ({
    name,
    kind: isFile ? "file" : isDirectory ? "folder" : "other",
  }));
}

/** The C library does not say why; what Deno may not look at lies where only what is there can be denied. */
function whyNoStatus(path: string, error: unknown): Kind {
  const why = denoErrorOf(error, () => void Deno.statSync(path));
  return why instanceof Deno.errors.PermissionDenied
    ? { missing: `${path} cannot be seen: permission denied` }
    : "absent";
}

function reasonOf(error: unknown, tryAgain: () => void): string {
  const why = denoErrorOf(error, tryAgain);
  if (why instanceof Deno.errors.PermissionDenied || why instanceof Deno.errors.NotCapable) {
    return "permission denied";
  }
  return why instanceof Deno.errors.NotFound ? "it is gone" : "it failed";
}

function denoErrorOf(error: unknown, tryAgain: () => void): unknown {
  try {
    tryAgain();
  } catch (told) {
    return told;
  }
  return error;
}
