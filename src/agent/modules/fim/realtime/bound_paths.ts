/**
 * The paths that one file has where its file system, or a folder of it, is mounted several times.
 *
 * @module
 */

import { folderOf, isWithin } from "../rules/paths.ts";
import type { Mount, Mounts } from "../tree/mounts.ts";

/** Knows the mounts whose file system is mounted more than once. */
export class BoundPaths {
  readonly #mounts: readonly Mount[];

  constructor({ all }: Mounts) {
    const times = Map.groupBy(all, ({ device }) => device);
    this.#mounts = all.filter(({ device }) => (times.get(device)?.length ?? 0) > 1);
  }

  /** Whether an entry of a folder is mounted somewhere by itself, such as `/etc/hosts` of a container. */
  hasMountedEntries(folder: string): boolean {
    const own = this.#mountOf(folder);
    if (own === undefined) return false;
    const inside = moved(folder, own.point, own.root);
    return this.#mounts.some(({ device, root }) =>
      device === own.device && root !== "/" && folderOf(root) === inside
    );
  }

  /** A path, and the others of the same file. */
  all(path: string): string[] {
    const own = this.#mountOf(path);
    if (own === undefined) return [path];
    const inside = moved(path, own.point, own.root);
    const others = this.#mounts
      .filter(({ device, root }) => device === own.device && isWithin(inside, root))
      .map(({ root, point }) => moved(inside, root, point));
    return [...new Set([path, ...others])];
  }

  #mountOf(path: string): Mount | undefined {
    return this.#mounts.filter(({ point }) => isWithin(path, point)).at(-1);
  }
}

/** A path within `from`, as it is within `to`. */
function moved(path: string, from: string, to: string): string {
  const rest = path.slice(from === "/" ? 0 : from.length);
  const result = (to === "/" ? "" : to) + (rest === "/" ? "" : rest);
  return result === "" ? "/" : result;
}
