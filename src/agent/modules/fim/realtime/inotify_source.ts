/**
 * Changes by inotify: one watch for each folder.
 *
 * A folder is watched before its entries are read, so a folder that is made in it meanwhile is either read or told of.
 *
 * @module
 */

import { IN, Inotify, type InotifyEvent } from "../../../platform/libc/inotify.ts";
import type { Libc } from "../../../platform/libc/libc.ts";
import { readPath, showPath } from "../../../platform/raw_path.ts";
import type { PathRules } from "../rules/path_rules.ts";
import { childPath, isWithin } from "../rules/paths.ts";
import { typeOf } from "../record/file_record.ts";
import { Scope } from "../scan/scope.ts";
import { walk } from "../scan/walker.ts";
import type { FileTree } from "../tree/file_tree.ts";
import type { Mounts } from "../tree/mounts.ts";
import type { ChangeListener, ChangeSource } from "./change_source.ts";

const MASK = IN.MODIFY | IN.ATTRIB | IN.CLOSE_WRITE | IN.MOVED_FROM | IN.MOVED_TO | IN.CREATE |
  IN.DELETE | IN.ONLYDIR;
/** Of folders that only lead to watched ones: what is written in them is nobody's concern. */
const PASSAGE_MASK = IN.CREATE | IN.MOVED_FROM | IN.MOVED_TO | IN.DELETE | IN.ONLYDIR;
/** So many folders are watched before others have their turn. */
const SLICE = 200;

interface InotifyDeps {
  libc: Libc;
  rules: PathRules;
  /** Watched folders that this source is for. */
  folders: readonly string[];
  tree: FileTree;
  mounts: Mounts;
  listener: ChangeListener;
}

/** Watches folders. */
export class InotifySource implements ChangeSource {
  readonly kind = "inotify";
  readonly #deps: InotifyDeps;
  /** A folder that is mounted twice has one watch for both. */
  readonly #paths = new Map<number, string[]>();
  readonly #watches = new Map<string, number>();
  #inotify: Inotify | undefined;
  #hasToldLimit = false;

  constructor(deps: InotifyDeps) {
    this.#deps = deps;
  }

  get watches(): number {
    return this.#watches.size;
  }

  async watch(signal: AbortSignal): Promise<void> {
    this.#inotify = new Inotify(this.#deps.libc);
    const { folders } = this.#deps;
    let count = 0;
    for (const _ of this.#watchBelow(new Scope({ deep: folders }))) {
      if (++count % SLICE !== 0) continue;
      await new Promise((resolve) => setTimeout(resolve));
      signal.throwIfAborted();
    }
  }

  async run(signal: AbortSignal): Promise<void> {
    if (this.#inotify === undefined) return;
    for await (const events of this.#inotify.events(signal)) {
      for (const event of events) this.#take(event);
    }
  }

  [Symbol.dispose](): void {
    this.#inotify?.[Symbol.dispose]();
    this.#inotify = undefined;
    this.#paths.clear();
    this.#watches.clear();
  }

  /** Watches folders; each step is one. */
  *#watchBelow(scope: Scope): Generator<void> {
    const { tree, rules, mounts } = this.#deps;
    for (const step of walk({ tree, rules, mounts, scope, foldersOnly: true })) {
      if (step.kind === "entering") this.#watch(step.path);
      yield;
    }
  }

  #watch(path: string): void {
    const mask = this.#maskOf(path);
    if (mask === undefined) return;
    try {
      const watch = this.#inotify?.watch(path.includes("\\") ? readPath(path) : path, mask);
      if (watch === undefined) return;
      const paths = this.#paths.get(watch) ?? [];
      if (!paths.includes(path)) this.#paths.set(watch, [...paths, path]);
      this.#watches.set(path, watch);
    } catch {
      this.#noteUnwatched(path);
    }
  }

  /** What has to be heard of a folder; `undefined`: nothing. */
  #maskOf(path: string): number | undefined {
    const { rules } = this.#deps;
    if (rules.of(path)?.directory.options.realtime) return MASK;
    const names = rules.passages(path);
    if (names === undefined) return undefined;
    return this.#isAnyFile(path, names) ? MASK : PASSAGE_MASK;
  }

  /** Whether one of the watched paths in a folder is no folder: what happens to that is heard only there. */
  #isAnyFile(path: string, names: ReadonlySet<string>): boolean {
    const { tree, rules } = this.#deps;
    const folder = tree.openFolder(path);
    const isFile = [...names].some((name) => {
      if (!rules.directoryAt(childPath(path, name))?.options.realtime) return false;
      const status = folder?.statusOf(name);
      return status !== undefined && typeOf(status) !== "dir";
    });
    folder?.close();
    return isFile;
  }

  /** A folder that is gone is no gap; told once, what is not watched is looked at with the next scans. */
  #noteUnwatched(path: string): void {
    const { tree, listener } = this.#deps;
    const folder = tree.openFolder(path);
    if (folder === undefined) return;
    folder.close();
    listener.missed({
      paths: this.#hasToldLimit ? [] : [path],
      cause: `there is no watch for ${path} and others`,
      hint: "allow more watches: sysctl fs.inotify.max_user_watches=524288",
      isLasting: true,
    });
    this.#hasToldLimit = true;
  }

  #take({ watch, mask, cookie, name }: InotifyEvent): void {
    if ((mask & IN.Q_OVERFLOW) !== 0) return this.#overflow();
    const folders = this.#paths.get(watch);
    if (folders === undefined) return;
    if ((mask & IN.IGNORED) !== 0) return this.#forget(watch);
    for (const folder of folders) this.#pass(folder, { mask, cookie, name });
  }

  #pass(folder: string, { mask, cookie, name }: Omit<InotifyEvent, "watch">): void {
    const { listener, rules } = this.#deps;
    const path = name.length === 0 ? folder : childPath(folder, showPath(name));
    const isMove = (mask & (IN.MOVED_FROM | IN.MOVED_TO)) !== 0;
    const isFolder = (mask & IN.ISDIR) !== 0;
    if (isFolder && (mask & IN.MOVED_FROM) !== 0) this.#unwatchBelow(path);
    if ((mask & (IN.CREATE | IN.MOVED_TO)) !== 0) {
      if (isFolder) { for (const _ of this.#watchBelow(new Scope({ deep: [path] }))); }
      else if (rules.directoryAt(path) !== undefined) this.#watch(folder);
    }
    if (rules.of(path)?.directory.options.realtime || rules.passages(path) !== undefined) {
      listener.changed({ path, isFolder, move: isMove ? cookie : undefined });
    }
  }

  #overflow(): void {
    const { listener, folders } = this.#deps;
    // Folders that were made meanwhile have no watch yet.
    for (const _ of this.#watchBelow(new Scope({ deep: folders })));
    listener.missed({
      paths: folders,
      cause: "the kernel's queue of changes was full (inotify)",
      hint: "allow more of them: sysctl fs.inotify.max_queued_events=131072",
    });
  }

  /** What moved away is not watched where it is now, unless that is watched too. */
  #unwatchBelow(path: string): void {
    for (const [folder, watch] of this.#watches) {
      if (!isWithin(folder, path)) continue;
      this.#inotify?.unwatch(watch);
      this.#forget(watch);
    }
  }

  #forget(watch: number): void {
    for (const path of this.#paths.get(watch) ?? []) this.#watches.delete(path);
    this.#paths.delete(watch);
  }
}
