/**
 * Everything that is wrong with what the collector follows.
 *
 * @module
 */

import type { Clock } from "../../../shared/clock.ts";
import type { ModuleProblem } from "../../../shared/protocol/part_status.ts";
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

  /** Of what is said of one path by several, the first: what cannot be read cannot be looked at either. */
  get all(): ModuleProblem[] {
    const sources = [this.matching, this.finding, this.looking, this.reading];
    const all = sources.flatMap((problems) => problems.all).toReversed();
    return [...new Map(all.map((problem) => [problem.subject, problem])).values()].toReversed();
  }
}
