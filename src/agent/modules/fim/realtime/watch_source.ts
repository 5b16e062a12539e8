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
  #watcher: Deno.FsWatcher | undefined;

  constructor(deps: WatchDeps) {
    this.#deps = deps;
  }

  get watches(): number {
    return this.#watcher === undefined ? 0 : this.#deps.folders.length;
  }

  watch(): Promise<void> {
    // A folder that is not there would keep the others from being watched.
    const folders = this.#deps.folders.filter(isThere);
    if (folders.length > 0) this.#watcher = Deno.watchFs([...folders], { recursive: true });
    return Promise.resolve();
  }

  async run(signal: AbortSignal): Promise<void> {
    const watcher = this.#watcher;
    if (watcher === undefined) return;
    const close = () => this[Symbol.dispose]();
    signal.addEventListener("abort", close, { once: true });
    if (signal.aborted) close();
    try {
      for await (const { paths, kind, flag } of watcher) {
        if (flag === "rescan") this.#missed("the runtime lost changes");
        else for (const path of paths) this.#pass(path, kind === "rename");
      }
    } catch (error) {
      if (!signal.aborted) this.#missed(`the runtime cannot watch any more: ${messageOf(error)}`);
    } finally {
      signal.removeEventListener("abort", close);
    }
  }

  [Symbol.dispose](): void {
    try {
      this.#watcher?.close();
    } catch {
      // It is closed already.
    }
    this.#watcher = undefined;
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

function isThere(path: string): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch {
    return false;
  }
}
