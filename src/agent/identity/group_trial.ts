/**
 * Whether the files of groups that are in force have proved themselves, and which did so last: `group-trial.json` of the data folder.
 *
 *     { "trial": { "generation": "…", "starts": 1, "process": 1771532746807 }, "good": { "generation": "…", "groups": ["web"] } }
 *
 * Files that are valid can still keep the agent from its work. So new ones are on trial until an agent has run with them for a
 * minute; when it was killed twice before that, the next start goes on with the last good ones. A stop in good order is no failure.
 * `process` is when the process began that has them on trial: for itself they have not failed.
 *
 * @module
 */

import { join } from "node:path";
import * as z from "zod";
import { readOwnFile } from "../../shared/files/private_file.ts";
import { writeFileAtomically } from "./atomic_write.ts";

const FILE_NAME = "group-trial.json";
const MOST_STARTS = 2;
const TRIAL_MS = 60_000;

const good = z.object({ generation: z.string(), groups: z.array(z.string()) });
const form = z.object({
  trial: z.object({ generation: z.string(), starts: z.number(), process: z.number() }).nullable(),
  good: good.nullable(),
});

/** Files that an agent has run with: their generation, and the groups in their order. */
type GoodGroups = z.output<typeof good>;

/** Keeps the record of one data folder; whoever writes holds its lock. */
export class GroupTrial {
  readonly #path: string;
  readonly #process: number;
  #watched: { generation: string; sinceMs: number } | undefined;

  /** `process` tells this process from those before it. */
  constructor(dataFolder: string, process = Math.round(performance.timeOrigin)) {
    this.#process = process;
    this.#path = join(dataFolder, FILE_NAME);
  }

  /** The files that proved themselves before those of now. */
  get good(): GoodGroups | undefined {
    return this.#read().good ?? undefined;
  }

  /** True when the agent was killed with these files too often. */
  hasFailed(generation: string): boolean {
    const { trial } = this.#read();
    return trial?.generation === generation && trial.starts >= MOST_STARTS &&
      trial.process !== this.#process;
  }

  /** Puts new files on trial; `before` are those that were in force. */
  begin(generation: string | undefined, before: GoodGroups | undefined): void {
    const { trial, good } = this.#read();
    const isProven = before !== undefined && trial?.generation !== before.generation;
    this.#write({
      trial: generation === undefined ? null : { generation, starts: 1, process: this.#process },
      good: isProven ? before : good,
    });
  }

  /** Counts a start, if that can be written. Whoever fell back to the last good files counts none. */
  noteStart(generation: string | undefined): void {
    const { trial, good } = this.#read();
    if (trial === null || trial.generation !== generation || trial.starts >= MOST_STARTS) return;
    this.#tryWrite({ trial: { ...trial, starts: trial.starts + 1, process: this.#process }, good });
  }

  /** Ends the trial once the same files have been in force for a minute of this process; `nowMs` is monotonic. */
  observe(nowMs: number): void {
    const { trial, good } = this.#read();
    if (trial?.process !== this.#process) return;
    if (this.#watched?.generation !== trial.generation) {
      this.#watched = { generation: trial.generation, sinceMs: nowMs };
    } else if (nowMs - this.#watched.sinceMs >= TRIAL_MS) this.#tryWrite({ trial: null, good });
  }

  /** A stop in good order: the files did not keep the agent from it. */
  noteStop(): void {
    const { trial, good } = this.#read();
    if (trial?.process === this.#process) this.#tryWrite({ trial: { ...trial, starts: 0 }, good });
  }

  #read(): z.output<typeof form> {
    try {
      return form.parse(JSON.parse(readOwnFile(this.#path)));
    } catch {
      // Without the record everything counts as proved: an agent must start.
      return { trial: null, good: null };
    }
  }

  /** A full disk keeps no agent from starting, working or stopping. */
  #tryWrite(value: z.output<typeof form>): void {
    try {
      this.#write(value);
    } catch {
      // Not counted; with the next process there may be room.
    }
  }

  #write(value: z.output<typeof form>): void {
    writeFileAtomically(this.#path, `${JSON.stringify(value)}\n`);
  }
}
