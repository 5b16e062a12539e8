/**
 * Tells by their names which files may be copies of one another: `app.log` and `app.log.1`,
 * `app-20260219.log`, `app-backup-2.log`. Siblings such as `app-1.log` and `app-2.log`, each of which
 * a program may write, are none.
 *
 * @module
 */

import { basename, dirname, extname, join } from "node:path";
import { isRotationName } from "./generations.ts";

/** A log that a file may be a copy of. */
interface BaseName {
  path: string;
  /** True when only copies have such names: `app.log.1`, `app-old.log`; `app-1.log` may be a log. */
  isSure: boolean;
}

const SEPARATORS = /[._-]/g;
const MARK = /^[._-](\d[\d._T-]*|(old|prev|bak|backup|copy|orig|save)([._-]\d[\d._T-]*)?)$/;

/** The logs that a file at `path` may be a copy of, going by its name. */
export function baseNamesOf(path: string): BaseName[] {
  const name = basename(path);
  const extension = extname(name);
  const stemLength = name.length - extension.length;
  const bases: BaseName[] = [];
  for (const { index } of name.matchAll(SEPARATORS)) {
    if (index === 0) continue;
    const at = (base: string) => join(dirname(path), base);
    const start = name.slice(0, index);
    if (MARK.test(name.slice(index))) bases.push({ path: at(start), isSure: true });
    if (MARK.test(name.slice(index, stemLength))) {
      bases.push({ path: at(start + extension), isSure: /^.[a-z]/.test(name.slice(index)) });
    }
  }
  return bases;
}

/** What is known of a file's names. */
interface Named {
  /** The path that its lines are reported with. */
  path: string;
  /** Where it lay when it was written as its log, links resolved. */
  real: string;
  /** The log that it is a part of. */
  log: string;
}

/** The names of files, for finding those that may be copies of one another. */
export class CopyNames<File extends Named> {
  readonly #byPath = new Map<string, Set<File>>();
  readonly #byBase = new Map<string, Set<File>>();
  readonly #sure = new Map<string, Set<File>>();

  constructor(files: Iterable<File>) {
    for (const file of files) this.#add(file);
  }

  /** The files that `file` may be a copy of, and those that may be copies of it. */
  relativesOf(file: Named): Set<File> {
    const relatives = new Set<File>();
    const add = (files: Iterable<File> = []) => {
      for (const other of files) relatives.add(other);
    };
    for (const path of pathsOf(file)) {
      add(this.#byPath.get(path));
      add(this.#byBase.get(path));
      for (const base of baseNamesOf(path)) {
        add(this.#byPath.get(base.path));
        // Two copies of one log; of names such as `app-1.log` only the log itself is known to be an original.
        if (!this.#byPath.has(base.path)) continue;
        add((base.isSure ? this.#byBase : this.#sure).get(base.path));
      }
    }
    return relatives;
  }

  #add(file: File): void {
    for (const path of pathsOf(file)) {
      addTo(this.#byPath, path, file);
      for (const base of baseNamesOf(path)) {
        addTo(this.#byBase, base.path, file);
        if (base.isSure) addTo(this.#sure, base.path, file);
      }
    }
  }
}

/** True when a rotation may have made the file at `path` of one of those at `paths`. */
export function isRotatedAmong(paths: ReadonlySet<string>, path: string): boolean {
  return baseNamesOf(path).some((base) => paths.has(base.path) && isRotationName(base.path, path));
}

/** True when `file` has a name that only copies of `original` have. */
export function isNamedCopy({ path, real }: Pick<Named, "path" | "real">, file: Named): boolean {
  const names = [path, real];
  return baseNamesOf(file.path).some((base) => base.isSure && names.includes(base.path));
}

/** True when by their names one may be a copy of the other. */
export function areRelated(a: Named, b: Named): boolean {
  return new CopyNames([b]).relativesOf(a).has(b);
}

function pathsOf({ path, real, log }: Named): Set<string> {
  return new Set([path, real, log]);
}

function addTo<File>(map: Map<string, Set<File>>, key: string, file: File): void {
  const files = map.get(key);
  if (files) files.add(file);
  else map.set(key, new Set([file]));
}
