/**
 * Takes hints, and makes durable what has changed.
 *
 * @module
 */

import type { Clock } from "../../../../shared/clock.ts";
import { Wakeup } from "../../../../shared/wakeup.ts";
import { Changes, COLLECTOR } from "../commit/changes.ts";
import type { Difference } from "../scan/comparison.ts";
import { type ExamineOptions, Examiner } from "../scan/examine.ts";
import type { ReadPage } from "../scan/stored_rows.ts";
import type { StateKeeper } from "../../states.ts";
import type { View } from "../view.ts";
import type { Hint } from "./change_source.ts";
import { examine } from "./examination.ts";
import { type DueChange, PendingChanges } from "./pending_changes.ts";
import { findRenames } from "./renames.ts";

interface ChangeLoopDeps {
  states: StateKeeper;
  clock: Clock;
  readPage: ReadPage;
  /** What is watched, and how it looks; another one when that changes. */
  view: () => View;
  examineOptions: ExamineOptions;
  /** How many more things may be known; and told how many more there are. */
  room: { left(): number; take(growth: number): void };
  /** Told of all that differs, before it is committed. */
  onFound: (differences: readonly Difference[]) => void;
  /** Told of paths that are too much work here. */
  leave: (paths: readonly string[]) => void;
}

/** So many paths are looked at together. */
const BATCH = 2_000;
/** So many changes are committed together. */
const COMMIT = 500;
/** Hints come in swarms: what becomes due within so long is looked at together, in milliseconds. */
const GATHER_MS = 100;
/** With more paths than that waiting, looking at all of it is less work. */
const MAX_WAITING = 200_000;
/** A file that is read here is no larger; see `examination.ts`. */
const BUFFER_BYTES = 256 * 1024;

/** Looks at what was named once it has been quiet. Without hints nothing happens, and no clock runs. */
export class ChangeLoop {
  readonly #deps: ChangeLoopDeps;
  readonly #pending = new PendingChanges();
  readonly #wakeup: Wakeup;
  #examined = 0;
  #committed = 0;

  constructor(deps: ChangeLoopDeps) {
    this.#deps = deps;
    this.#wakeup = new Wakeup(deps.clock);
  }

  /** Paths that wait. */
  get waiting(): number {
    return this.#pending.size;
  }

  /** Paths that were looked at, and changes that were committed. */
  get counts(): { examined: number; committed: number } {
    return { examined: this.#examined, committed: this.#committed };
  }

  /** Takes a hint. False when there are too many: then all of it has to be looked at in another way. */
  add(hint: Hint): boolean {
    const wasEmpty = this.#pending.size === 0;
    this.#pending.add(hint, this.#deps.clock.monotonic());
    if (wasEmpty) this.#wakeup.wake();
    if (this.#pending.size <= MAX_WAITING) return true;
    this.#pending.clear();
    return false;
  }

  /** Takes over what waits at another one, whose run has ended. */
  takeOver(other: ChangeLoop): void {
    for (const hint of other.#pending.takeAll()) this.add(hint);
  }

  /** Works until the signal is aborted. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock } = this.#deps;
    while (!signal.aborted) {
      const nextInMs = this.#pending.nextInMs(clock.monotonic());
      if (nextInMs === undefined) {
        await this.#wakeup.wait(undefined, signal);
        continue;
      }
      if (nextInMs > 0) {
        await clock.sleep(Math.max(nextInMs, GATHER_MS), signal).catch(() => {});
        continue;
      }
      await this.#look(this.#pending.takeDue(clock.monotonic(), BATCH), signal);
    }
  }

  async #look(due: readonly DueChange[], signal: AbortSignal): Promise<void> {
    try {
      await this.#examine(due, signal);
    } catch (error) {
      signal.throwIfAborted();
      // What was taken out is not forgotten by that.
      this.#deps.leave(due.map(({ path }) => path));
      throw error;
    }
  }

  async #examine(due: readonly DueChange[], signal: AbortSignal): Promise<void> {
    const { clock, readPage, view, examineOptions, room, leave } = this.#deps;
    const seen = view();
    const { rules, mounts, tree, names } = seen;
    const now = () => clock.now();
    const examiner = new Examiner(examineOptions, { now, names, bufferBytes: BUFFER_BYTES });
    const { differences, left } = await examine(due, {
      tree,
      mounts,
      rules,
      readPage,
      examiner,
      room: room.left(),
      signal,
    });
    this.#examined += due.length;
    this.#deps.onFound(differences);
    await this.#commit(differences, { due, seen, signal });
    if (left.length > 0) leave(left);
  }

  async #commit(
    differences: readonly Difference[],
    { due, seen, signal }: { due: readonly DueChange[]; seen: View; signal: AbortSignal },
  ): Promise<void> {
    const { states, clock, room } = this.#deps;
    const renames = findRenames(differences, due);
    const facts = { actorOf: actorsOf(due), renames };
    const ordered = together(differences, renames);
    for (let at = 0; at < ordered.length; at += COMMIT) {
      const changes = new Changes({ states, clock, rules: seen.rules, news: seen.news }, facts);
      const given = ordered.slice(at, at + COMMIT).map((one) => changes.changeOf(one));
      await states.apply(COLLECTOR, given, changes.context(signal));
      room.take(changes.growth);
      this.#committed += given.length;
    }
  }
}

/** Who changed a path: whoever was named with it, or with a folder that it came or went with. */
function actorsOf(due: readonly DueChange[]) {
  const known = new Map(due.map((one) => [one.path, one.actor]));
  return (path: string) => {
    for (let at = path; at !== ""; at = at.slice(0, at.lastIndexOf("/"))) {
      if (known.has(at)) return known.get(at);
    }
    return undefined;
  };
}

/** The old name right before the new one, so that both are committed together, but at the border of two pages. */
function together(
  differences: readonly Difference[],
  renames: ReadonlyMap<string, string>,
): Difference[] {
  const byPath = new Map(differences.map((one) => [one.path, one]));
  const left = new Set(renames.values());
  return differences.flatMap((one) => {
    if (one.kind === "missing" && left.has(one.path)) return [];
    const from = byPath.get(renames.get(one.path) ?? "");
    return from === undefined ? [one] : [from, one];
  });
}
