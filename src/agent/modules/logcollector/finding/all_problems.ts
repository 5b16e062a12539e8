/**
 * Everything that is wrong with what the collector follows.
 *
 * @module
 */

import type { Clock } from "../../../../shared/clock.ts";
import type { FileError, ModuleProblem } from "../../../../shared/protocol/part_status.ts";
import { NOTHING_MATCHES, PathProblems } from "./path_problems.ts";

/** What is wrong, by who found out. */
export class AllProblems {
  readonly matching: PathProblems;
  readonly finding: PathProblems;
  readonly looking: PathProblems;
  readonly reading: PathProblems;

  constructor(clock: Pick<Clock, "now">) {
    this.matching = new PathProblems(clock, NOTHING_MATCHES);
    this.finding = new PathProblems(clock);
    this.looking = new PathProblems(clock);
    this.reading = new PathProblems(clock);
  }

  /** What was said last, in one line; `undefined` when everything can be read. */
  get latest(): string | undefined {
    return this.reading.latest ?? this.looking.latest ?? this.finding.latest;
  }

  /** The last error of a file that is or was followed, also when it is mended. */
  lastErrorOf(path: string): FileError | null {
    const [a, b] = [this.reading.lastOf(path), this.looking.lastOf(path)];
    return (a && b ? (a.at > b.at ? a : b) : a ?? b) ?? null;
  }

  /** Of what is said of one path by several, the first: what cannot be read cannot be looked at either. */
  get all(): ModuleProblem[] {
    const sources = [this.matching, this.finding, this.looking, this.reading];
    const all = sources.flatMap((problems) => problems.all).toReversed();
    return [...new Map(all.map((problem) => [problem.subject, problem])).values()].toReversed();
  }
}
