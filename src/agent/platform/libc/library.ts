/**
 * The C library, opened when it is first needed, or the reason why it cannot be.
 *
 * @module
 */

import { Libc } from "./libc.ts";
import { LIBC_PATHS, openSymbols } from "./symbols.ts";

/** Opens the library once. */
export class LibcLibrary {
  readonly #paths: readonly string[];
  #opened: { libc: Libc | undefined; reason: string | undefined } | undefined;

  /** @param paths where it may lie, for tests */
  constructor(paths: readonly string[] = LIBC_PATHS) {
    this.#paths = paths;
  }

  /** The library; `undefined` where there is none, see {@linkcode LibcLibrary.missing}. */
  get libc(): Libc | undefined {
    return this.#open().libc;
  }

  /** Why there is none, in one line; `undefined` when there is. */
  get missing(): string | undefined {
    return this.#open().reason;
  }

  #open() {
    return this.#opened ??= open(this.#paths);
  }
}

function open(paths: readonly string[]) {
  const opened = openSymbols(paths);
  return "symbols" in opened
    ? { libc: new Libc(opened.symbols), reason: undefined }
    : { libc: undefined, reason: opened.reason };
}
