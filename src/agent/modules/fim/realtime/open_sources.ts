/**
 * Chooses how changes are seen.
 *
 * @module
 */

import { messageOf } from "../../../../shared/errors.ts";
import type { LibcLibrary } from "../../../platform/libc/library.ts";
import type { PathRules } from "../rules/path_rules.ts";
import type { FileTree } from "../tree/file_tree.ts";
import type { Mounts } from "../tree/mounts.ts";
import type { ChangeListener, ChangeSource } from "./change_source.ts";
import { FanotifySource } from "./fanotify_source.ts";
import { InotifySource } from "./inotify_source.ts";
import { WatchSource } from "./watch_source.ts";
import type { Who } from "./who.ts";

interface SourceDeps {
  library: Pick<LibcLibrary, "libc">;
  rules: PathRules;
  tree: FileTree;
  mounts: Mounts;
  listener: ChangeListener;
  who?: Who | undefined;
}

/** How changes are to be seen. */
export type RealtimeMode = "auto" | "fanotify" | "inotify" | "watch" | "off";

/** What was chosen. */
interface OpenedSource {
  source: ChangeSource | undefined;
  /** Why it is not what was asked for. */
  reason: string | undefined;
}

/**
 * Begins to watch by the best way that is open here, from `mode` on downwards.
 *
 * @throws the signal's reason when aborted
 */
export async function openSource(
  mode: RealtimeMode,
  deps: SourceDeps,
  signal: AbortSignal,
): Promise<OpenedSource> {
  let reason: string | undefined;
  for (const make of waysFrom(mode, deps)) {
    const source = make();
    try {
      await source.watch(signal);
      // Whoever says "auto" wants what is there.
      return { source, reason: mode === "auto" ? undefined : reason };
    } catch (error) {
      source[Symbol.dispose]();
      signal.throwIfAborted();
      reason ??= messageOf(error);
    }
  }
  return { source: undefined, reason };
}

/** The ways in their order, the best first. */
function waysFrom(mode: RealtimeMode, deps: SourceDeps): (() => ChangeSource)[] {
  const { library: { libc }, rules } = deps;
  const folders = rules.options.directories.filter(({ realtime }) => realtime)
    .map(({ path }) => path);
  if (mode === "off" || folders.length === 0) return [];
  const ways: { kind: ChangeSource["kind"]; make: () => ChangeSource }[] = [
    ...(libc === undefined ? [] : [
      { kind: "fanotify" as const, make: () => new FanotifySource({ ...deps, libc, folders }) },
      { kind: "inotify" as const, make: () => new InotifySource({ ...deps, libc, folders }) },
    ]),
    { kind: "watch", make: () => new WatchSource({ ...deps, folders }) },
  ];
  const first = Math.max(0, ways.findIndex(({ kind }) => kind === mode));
  return ways.slice(first).map(({ make }) => make);
}
