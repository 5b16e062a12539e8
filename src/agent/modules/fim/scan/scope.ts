/**
 * The part of the file system that a scan looks at: everything, or some paths, by themselves or with what is below them.
 *
 * @module
 */

import { nameOf, parentsOf } from "../rules/paths.ts";
import { compareKeys } from "../../../../shared/states/key_order.ts";

/** Keys from `from` on (inclusive), before `until`; `undefined`: to the end. */
export interface KeyRange {
  from: string;
  until: string | undefined;
}

/** Which paths. */
export interface ScopePaths {
  /** Paths by themselves. @default none */
  shallow?: readonly string[];
  /** Paths with all that is below them. @default none */
  deep?: readonly string[];
}

/** Some paths, or all. */
export class Scope {
  readonly #isAll: boolean;
  readonly #deep: ReadonlySet<string>;
  readonly #shallow: ReadonlySet<string>;
  /** By folder: names in it that lead to the paths. */
  readonly #leading = new Map<string, Set<string>>();

  /** @param paths @default everything */
  constructor(paths?: ScopePaths) {
    const { shallow = [], deep = [] } = paths ?? {};
    this.#isAll = paths === undefined;
    const all = new Set(deep);
    const isBelow = (path: string) => parentsOf(path).some((one) => all.has(one));
    this.#deep = new Set(deep.filter((path) => !isBelow(path)));
    this.#shallow = new Set(shallow.filter((path) => !all.has(path) && !isBelow(path)));
    for (const path of [...this.#deep, ...this.#shallow]) this.#lead(path);
  }

  /** Whether a path is part of it. */
  contains(path: string): boolean {
    return this.#isAll || this.#shallow.has(path) || this.includesBelow(path);
  }

  /** Whether everything below a path is part of it. */
  includesBelow(path: string): boolean {
    if (this.#isAll || this.#deep.has(path)) return true;
    return this.#deep.size > 0 && parentsOf(path).some((one) => this.#deep.has(one));
  }

  /** Whether something below a path is part of it. */
  leads(path: string): boolean {
    return this.#isAll || this.#leading.has(path) || this.includesBelow(path);
  }

  /** Names in a folder that lead to the paths; for one of which not everything belongs. */
  leading(folder: string): ReadonlySet<string> {
    return this.#leading.get(folder) ?? new Set();
  }

  /** The keys that belong to it, in order. */
  ranges(): KeyRange[] {
    if (this.#isAll) return [{ from: "", until: undefined }];
    const ranges = [
      ...[...this.#deep].flatMap((path) => [rangeOf(path), rangeBelow(path)]),
      ...[...this.#shallow].map(rangeOf),
    ];
    return ranges.sort((one, other) => compareKeys(one.from, other.from));
  }

  #lead(path: string): void {
    const steps = [...parentsOf(path), path];
    for (const [index, folder] of steps.slice(0, -1).entries()) {
      const names = this.#leading.get(folder) ?? new Set();
      names.add(nameOf(steps[index + 1] ?? ""));
      this.#leading.set(folder, names);
    }
  }
}

/** The key of a path. What is below it is not next to it: `/a.b` comes between `/a` and `/a/b`. */
function rangeOf(path: string): { from: string; until: string } {
  return { from: path, until: `${path}\0` };
}

/** The keys of everything below a folder. */
export function rangeBelow(folder: string): { from: string; until: string } {
  const base = folder === "/" ? "" : folder;
  // The character behind the slash. The key of `/` itself is not below it.
  return { from: folder === "/" ? "/\0" : `${base}/`, until: `${base}0` };
}
