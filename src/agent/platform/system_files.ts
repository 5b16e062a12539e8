/**
 * Files of `/proc` and `/sys`, and any other, as text: by the C library, or by Deno where that is missing (which reads these two only with
 * every permission).
 *
 * @module
 */

import { LibcLibrary } from "./libc/library.ts";
import { readPath, showPath } from "./raw_path.ts";

const decoder = new TextDecoder();

/** Reads small files. "Not there" is `undefined`, not an error: processes end while they are looked at. */
export class SystemFiles {
  readonly #library: LibcLibrary;

  constructor(library: LibcLibrary = new LibcLibrary()) {
    this.#library = library;
  }

  /** Why some of it cannot be read here, in one line; `undefined` when all can. */
  get missing(): string | undefined {
    return this.#library.missing;
  }

  /** The bytes of a file, symbolic links followed; `undefined` when it is not there or must not be read. */
  readBytes(path: string): Uint8Array | undefined {
    const { libc } = this.#library;
    return orUndefined(() =>
      libc === undefined ? Deno.readFileSync(path) : libc.readFile(readPath(path), { follow: true })
    );
  }

  /** The text of a file; what is no UTF-8 becomes U+FFFD. */
  readText(path: string): string | undefined {
    const bytes = this.readBytes(path);
    return bytes && decoder.decode(bytes);
  }

  /** The names in a folder, as `showPath` shows them; `undefined` when it is not there. */
  list(path: string): string[] | undefined {
    const { libc } = this.#library;
    return orUndefined(() =>
      libc === undefined
        ? Array.from(Deno.readDirSync(path), ({ name }) => name)
        : libc.readFolder(readPath(path), { follow: true }).map(({ name }) => showPath(name))
    );
  }

  /** Where a symbolic link leads, as `showPath` shows it; `undefined` when it is none. */
  readLink(path: string): string | undefined {
    const { libc } = this.#library;
    return orUndefined(() =>
      libc === undefined ? Deno.readLinkSync(path) : showPath(libc.readLink(readPath(path)))
    );
  }
}

function orUndefined<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
