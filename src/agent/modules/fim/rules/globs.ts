/**
 * Lists of globs, as options have them.
 *
 * @module
 */

import picomatch from "picomatch";

/**
 * Patterns of which the last that matches decides; one that begins with `!` takes back. A pattern without a slash is of a name, whatever
 * folder it is in; `**` is any number of folders.
 */
export class Globs {
  readonly #patterns: readonly { isBack: boolean; isOfName: boolean; matches: Matcher }[];

  constructor(patterns: readonly string[]) {
    this.#patterns = patterns.map((pattern) => {
      const isBack = pattern.startsWith("!");
      const glob = (isBack ? pattern.slice(1) : pattern).replace(/(?<=.)\/+$/, "");
      return { isBack, isOfName: !glob.includes("/"), matches: compileGlob(glob) };
    });
  }

  /** Whether the path, whose last part is `name`, is meant. */
  match(path: string, name: string): boolean {
    let isMeant = false;
    for (const { isBack, isOfName, matches } of this.#patterns) {
      if (isMeant === isBack && matches(isOfName ? name : path)) isMeant = !isBack;
    }
    return isMeant;
  }
}

type Matcher = (text: string) => boolean;

/** One glob as a function. Names that begin with a dot are names like others. */
export function compileGlob(glob: string): Matcher {
  return picomatch(glob, { dot: true, nonegate: true });
}
