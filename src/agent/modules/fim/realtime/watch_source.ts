/**
 * Changes by what the runtime has: hints, of which some are lost. So the folder that one names is looked at as a whole.
 *
 * @module
 */

import { messageOf } from "../../../../shared/errors.ts";
import { showPath } from "../../../platform/raw_path.ts";
import type { PathRules } from "../rules/path_rules.ts";
import { folderOf } from "../rules/paths.ts";
import type { ChangeListener, ChangeSource } from "./change_source.ts";

interface WatchDeps {
  rules: PathRules;
  folders: readonly string[];
  listener: ChangeListener;
}

/** Watches folders by `Deno.watchFs`. */
export class WatchSource implements ChangeSource {
  readonly kind = "watch";
  readonly #deps: WatchDeps;
  #watchers: Deno.FsWatcher[] = [];

  constructor(deps: WatchDeps) {
    this.#deps = deps;
  }

  get watches(): number {
    return this.#watchers.length === 0 ? 0 : this.#deps.folders.length;
  }

  watch(): Promise<void> {
    const { folders } = this.#deps;
    this.#open(folders.filter(isFolder), { recursive: true });
    // A file is heard of in its folder, also after another one took its place; so is a folder that is not there yet.
    const parents = folders.filter((path) => !isFolder(path)).map(folderOf).filter(isFolder);
    this.#open([...new Set(parents)], { recursive: false });
    return Promise.resolve();
  }

  async run(signal: AbortSignal): Promise<void> {
    const close = () => this[Symbol.dispose]();
    signal.addEventListener("abort", close, { once: true });
    if (signal.aborted) close();
    try {
      await Promise.all(this.#watchers.map((watcher) => this.#listen(watcher, signal)));
    } finally {
      signal.removeEventListener("abort", close);
    }
  }

  [Symbol.dispose](): void {
    for (const watcher of this.#watchers) {
      try {
        watcher.close();
      } catch {
        // It is closed already.
      }
    }
    this.#watchers = [];
  }

  #open(folders: readonly string[], options: { recursive: boolean }): void {
    if (folders.length > 0) this.#watchers.push(Deno.watchFs([...folders], options));
  }

  async #listen(watcher: Deno.FsWatcher, signal: AbortSignal): Promise<void> {
    try {
      for await (const { paths, kind, flag } of watcher) {
        if (flag === "rescan") this.#missed("the runtime lost changes");
        else for (const path of paths) this.#pass(path, kind === "rename");
      }
    } catch (error) {
      if (!signal.aborted) this.#missed(`the runtime cannot watch any more: ${messageOf(error)}`);
    }
  }

  #pass(path: string, isMove: boolean): void {
    const { rules, listener } = this.#deps;
    const shown = showPath(new TextEncoder().encode(path));
    for (const one of [shown, folderOf(shown)]) {
      if (rules.of(one)?.directory.options.realtime) {
        const isItself = one === shown;
        const move = isMove && isItself ? 0 : undefined;
        listener.changed({ path: one, move, isFolder: isMove, hasNewEntries: !isItself });
      }
    }
  }

  #missed(cause: string): void {
    this.#deps.listener.missed({
      paths: this.#deps.folders,
      cause,
      hint: "run the agent where it can use inotify, or have scans more often: fim.interval",
    });
  }
}

function isFolder(path: string): boolean {
  try {
    return Deno.statSync(path).isDirectory;
  } catch {
    return false;
  }
}
