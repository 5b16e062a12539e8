/**
 * Sees changes as they happen, in the way that was chosen, for as long as that watches what is to be watched.
 *
 * @module
 */

import { aborted, AnySignal } from "../../../shared/any_signal.ts";
import type { LibcLibrary } from "../../platform/libc/library.ts";
import type { ChangeListener, ChangeSource } from "./realtime/change_source.ts";
import { openSource, type RealtimeMode } from "./realtime/open_sources.ts";
import type { Who } from "./realtime/who.ts";
import type { View } from "./view.ts";

interface WatchingDeps {
  library: LibcLibrary;
  mode: RealtimeMode;
  who: Who | undefined;
}

/** Watches, and watches anew when what is to be watched is something else. */
export class Watching implements Disposable {
  readonly #deps: WatchingDeps;
  /** Who is told; another one when other options are in force. */
  listener: ChangeListener;
  readonly #relay: ChangeListener = {
    changed: (hint) => this.listener.changed(hint),
    missed: (gap) => this.listener.missed(gap),
  };
  #source: ChangeSource | undefined;
  #watched = "";
  /** Aborted when there is another source. */
  #replaced = new AbortController();

  constructor(deps: WatchingDeps, listener: ChangeListener) {
    this.#deps = deps;
    this.listener = listener;
  }

  /** Whether this can go on in the place of `other`, whose options are other ones. */
  serves(other: Watching): boolean {
    const { mode, who } = this.#deps;
    // What the runtime has ends with its run.
    return mode === other.#deps.mode && (who === undefined) === (other.#deps.who === undefined) &&
      this.#source?.kind !== "watch";
  }

  /** What watches. */
  get source(): Pick<ChangeSource, "kind" | "watches"> | undefined {
    return this.#source;
  }

  /**
   * Watches what `view` says; nothing happens when that is watched already. What changes from then on is told once {@linkcode run} runs.
   *
   * @returns whether it is watched anew, and why not in the way that was asked for
   * @throws the signal's reason when aborted
   */
  async watch(
    { rules, tree, mounts }: View,
    signal: AbortSignal,
  ): Promise<{ isNew: boolean; reason?: string | undefined }> {
    const watched = JSON.stringify(
      [rules.options, mounts.all.map(({ id, point }) => [id, point])],
      text,
    );
    if (watched === this.#watched) return { isNew: false };
    const { library, mode, who } = this.#deps;
    const opened = await openSource(
      mode,
      { library, rules, tree, mounts, listener: this.#relay, who },
      signal,
    );
    const before = this.#source;
    this.#source = opened.source;
    this.#watched = watched;
    this.#replaced.abort("replaced");
    this.#replaced = new AbortController();
    before?.[Symbol.dispose]();
    return { isNew: true, reason: opened.reason };
  }

  /** Tells of changes until the signal is aborted; what watches goes on watching. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      using either = new AnySignal(signal, this.#replaced.signal);
      await this.#runSource(either.signal);
      await aborted(either.signal);
    }
  }

  /** What failed is opened anew with the next run. */
  async #runSource(signal: AbortSignal): Promise<void> {
    try {
      await this.#source?.run(signal);
    } catch (error) {
      this[Symbol.dispose]();
      throw error;
    }
  }

  [Symbol.dispose](): void {
    this.#source?.[Symbol.dispose]();
    this.#source = undefined;
    this.#watched = "";
  }
}

function text(_key: string, value: unknown): unknown {
  return typeof value === "bigint" ? String(value) : value;
}
