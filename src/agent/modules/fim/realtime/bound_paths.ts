/**
 * The paths that one file has where its file system, or a folder of it, is mounted several times.
 *
 * @module
 */

import { isWithin } from "../rules/paths.ts";
import type { Mount, Mounts } from "../tree/mounts.ts";

/** Knows the mounts whose file system is mounted more than once. */
export class BoundPaths {
  readonly #mounts: readonly Mount[];

  constructor({ all }: Mounts) {
    const times = Map.groupBy(all, ({ device }) => device);
    this.#mounts = all.filter(({ device }) => (times.get(device)?.length ?? 0) > 1);
  }

  /** A path, and the others of the same file. */
  all(path: string): string[] {
    const own = this.#mounts.filter(({ point }) => isWithin(path, point)).at(-1);
    if (own === undefined) return [path];
    const inside = moved(path, own.point, own.root);
    const others = this.#mounts
      .filter(({ device, root }) => device === own.device && isWithin(inside, root))
      .map(({ root, point }) => moved(inside, root, point));
    return [...new Set([path, ...others])];
  }
}

/** A path within `from`, as it is within `to`. */
function moved(path: string, from: string, to: string): string {
  const rest = path.slice(from === "/" ? 0 : from.length);
  const result = (to === "/" ? "" : to) + (rest === "/" ? "" : rest);
  return result === "" ? "/" : result;
}
