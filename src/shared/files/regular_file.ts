/**
 * Opening a file that may have been put there by somebody else.
 *
 * Whoever can write to a folder may put anything at a name between a look and the opening, so what is opened decides: it is opened
 * without waiting (a FIFO without a writer would hold the program for ever) and given up unless it is a regular file.
 *
 * `O_NOFOLLOW` alone does not keep links out: unless everything is allowed, Deno resolves a path before it opens it. So what was
 * opened is compared with what stands at the name afterwards.
 *
 * @module
 */

import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readFileSync,
  type Stats,
} from "node:fs";

const LINK = "it is a symbolic link";

/** How {@linkcode openRegularFile} opens. */
interface OpenRegularOptions {
  /** Also for writing. @default false */
  write?: boolean;
  /** Makes the file (mode 0600) when there is none. @default false */
  create?: boolean;
  /** False refuses a symbolic link in place of the file. @default true */
  followLink?: boolean;
}

/** An open file, closed when disposed. */
export interface RegularFile extends Disposable {
  /** The number under which `node:fs` knows it. */
  readonly descriptor: number;
  readonly info: Stats;
}

/**
 * Opens the regular file at `path`.
 *
 * @throws {Deno.errors.NotFound} when there is none
 * @throws what the file system says, or an error that says what stands there instead
 */
export function openRegularFile(path: string, options: OpenRegularOptions = {}): RegularFile {
  const descriptor = open(path, options);
  try {
    const info = fstatSync(descriptor);
    if (!info.isFile()) throw new Error("it is not a regular file");
    if (options.followLink === false) requireSame(path, info);
    return { descriptor, info, [Symbol.dispose]: () => closeSync(descriptor) };
  } catch (error) {
    closeSync(descriptor);
    throw error;
  }
}

/**
 * The text of the regular file at `path`.
 *
 * @throws as {@linkcode openRegularFile} does
 */
export function readRegularFile(
  path: string,
  options: Pick<OpenRegularOptions, "followLink"> = {},
): string {
  using file = openRegularFile(path, options);
  return readFileSync(file.descriptor, "utf8");
}

function requireSame(path: string, { dev, ino }: Stats): void {
  const there = lstatSync(path);
  if (there.isSymbolicLink()) throw new Error(LINK);
  if (there.dev !== dev || there.ino !== ino) throw new Error("it changed while it was opened");
}

function open(path: string, { write, create, followLink = true }: OpenRegularOptions): number {
  // Windows has neither of the last two.
  const flags = (write ? constants.O_RDWR : constants.O_RDONLY) |
    (create ? constants.O_CREAT : 0) |
    (followLink ? 0 : constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);
  try {
    return openSync(path, flags, 0o600);
  } catch (error) {
    throw known(error);
  }
}

/** Errors of `node:fs` as those of Deno, which callers tell apart by their class. */
function known(error: unknown): unknown {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  switch (code) {
    case "ENOENT":
      return new Deno.errors.NotFound("No such file or directory (os error 2)", { cause: error });
    case "EACCES":
      return new Deno.errors.PermissionDenied("Permission denied (os error 13)", { cause: error });
    case "ELOOP":
      return new Error(LINK, { cause: error });
    // A FIFO without a reader, a socket, a folder.
    case "ENXIO":
    case "EISDIR":
      return new Error("it is not a regular file", { cause: error });
    default:
      return error;
  }
}
