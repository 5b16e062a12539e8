/**
 * Changes by fanotify: one mark for each file system, and who made them.
 *
 * @module
 */

import { FAN, Fanotify, type FanotifyEvent } from "../../../platform/libc/fanotify.ts";
import type { Libc } from "../../../platform/libc/libc.ts";
import { showPath } from "../../../platform/raw_path.ts";
import type { PathRules } from "../rules/path_rules.ts";
import { childPath, isWithin } from "../rules/paths.ts";
import type { Mount, Mounts } from "../tree/mounts.ts";
import type { ChangeListener, ChangeSource } from "./change_source.ts";
import { BoundPaths } from "./bound_paths.ts";
import type { Who } from "./who.ts";

const MASK = FAN.CREATE | FAN.DELETE | FAN.MOVED_FROM | FAN.MOVED_TO | FAN.CLOSE_WRITE |
  FAN.ATTRIB | FAN.ONDIR;
const MOVED = FAN.MOVED_FROM | FAN.MOVED_TO;

interface FanotifyDeps {
  libc: Libc;
  rules: PathRules;
  /** Watched folders that this source is for. */
  folders: readonly string[];
  mounts: Mounts;
  listener: ChangeListener;
  /** @default nobody is asked for */
  who?: Who | undefined;
}

/** Watches whole file systems, and passes on what lies in watched folders. */
export class FanotifySource implements ChangeSource {
  readonly kind = "fanotify";
  readonly #deps: FanotifyDeps;
  readonly #bound: BoundPaths;
  /** Folders that the kernel names: the same bytes come again and again, most of them of folders that nobody watches. */
  readonly #known = new WeakMap<Uint8Array, KnownFolder>();
  #fanotify: Fanotify | undefined;
  #watches = 0;

  constructor(deps: FanotifyDeps) {
    this.#deps = deps;
    this.#bound = new BoundPaths(deps.mounts);
  }

  get watches(): number {
    return this.#watches;
  }

  watch(): Promise<void> {
    const { libc, folders, mounts, rules } = this.#deps;
    const fanotify = new Fanotify(libc);
    this.#fanotify = fanotify;
    try {
      const points = markedPoints(folders, mounts, rules);
      for (const point of points) fanotify.watchFileSystem(point, MASK);
      this.#watches = points.length;
      return Promise.resolve();
    } catch (error) {
      this[Symbol.dispose]();
      return Promise.reject(error);
    }
  }

  async run(signal: AbortSignal): Promise<void> {
    if (this.#fanotify === undefined) return;
    for await (const events of this.#fanotify.events(signal)) {
      for (const event of events) this.#take(event);
    }
  }

  [Symbol.dispose](): void {
    this.#fanotify?.[Symbol.dispose]();
    this.#fanotify = undefined;
  }

  #take({ mask, pid, folder, name }: FanotifyEvent): void {
    const { listener, folders } = this.#deps;
    if ((mask & FAN.Q_OVERFLOW) !== 0) {
      return listener.missed({
        paths: folders,
        cause: "the kernel had no memory for changes (fanotify)",
        hint: "give the machine more memory, or watch less",
      });
    }
    // A folder that is gone by now is told of in the one that it was in.
    if (folder === undefined) return;
    const { shown, matters } = this.#lookAt(folder);
    if (!matters) return;
    const isFolderItself = name.length === 0 || name.length === 1 && name[0] === DOT;
    const path = isFolderItself ? shown : childPath(shown, showPath(name));
    for (const one of this.#bound.all(path)) this.#pass(one, { mask, pid });
  }

  #lookAt(folder: Uint8Array): KnownFolder {
    const known = this.#known.get(folder);
    if (known !== undefined) return known;
    const shown = showPath(folder);
    const { rules } = this.#deps;
    const matters = this.#bound.hasMountedEntries(shown) ||
      this.#bound.all(shown).some((path) =>
        rules.of(path) !== undefined || rules.passages(path) !== undefined
      );
    const looked = { shown, matters };
    this.#known.set(folder, looked);
    return looked;
  }

  #pass(path: string, { mask, pid }: { mask: number; pid: number }): void {
    const { rules, listener, who } = this.#deps;
    const isFolder = (mask & FAN.ONDIR) !== 0;
    const move = (mask & MOVED) === 0 ? undefined : 0;
    // A folder that others lie in comes and goes with them.
    if (!rules.of(path)?.directory.options.realtime && rules.passages(path) === undefined) return;
    listener.changed({ path, isFolder, move, actor: who?.of(pid) });
  }
}

const DOT = 0x2e;

interface KnownFolder {
  /** Its path as text. */
  shown: string;
  /** Whether it is watched, or leads to what is. */
  matters: boolean;
}

/** One mount for each file system that watched folders lie on: the one that shows most of it. */
function markedPoints(folders: readonly string[], mounts: Mounts, rules: PathRules): string[] {
  const { networkFilesystems: network } = rules.options;
  const watched = mounts.all.filter(({ id, point }) =>
    mounts.whyNot(id, { network }) === undefined &&
    (folders.some((folder) => isWithin(point, folder)) ||
      folders.some((folder) => mountOf(folder, mounts)?.id === id))
  );
  const best = new Map<string, Mount>();
  for (const { device } of watched) {
    const all = mounts.all.filter((mount) => mount.device === device);
    const widest = all.toSorted((one, other) => one.root.length - other.root.length)[0];
    if (widest !== undefined) best.set(device, widest);
  }
  return best.size > 0 ? [...best.values()].map(({ point }) => point) : [...folders];
}

/** The mount that a path lies on: the last one of the deepest point. */
function mountOf(path: string, { all }: Mounts): Mount | undefined {
  return all.filter(({ point }) => isWithin(path, point))
    .reduce<Mount | undefined>(
      (deepest, mount) =>
        deepest === undefined || mount.point.length >= deepest.point.length ? mount : deepest,
      undefined,
    );
}
