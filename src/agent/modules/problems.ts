/**
 * What keeps the module from some of its work.
 *
 * @module
 */

import type { ModuleProblem } from "../../shared/protocol/part_status.ts";

/** A problem without its beginning. */
export type Trouble = Omit<ModuleProblem, "since">;

/** Remembers since when each problem there is has been there. */
export class Problems {
  readonly #now: () => number;
  #known = new Map<string, ModuleProblem>();

  /** @param now wall clock, milliseconds */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** Takes all that there are of a kind; those that are not among them any more are mended. */
  set(kind: string, troubles: readonly Trouble[]): void {
    const next = new Map([...this.#known].filter(([key]) => !key.startsWith(`${kind} `)));
    for (const trouble of troubles) {
      const key = `${kind} ${trouble.subject}`;
      const since = this.#known.get(key)?.since ?? new Date(this.#now()).toISOString();
      next.set(key, { ...trouble, since });
    }
    this.#known = next;
  }

  /** Forgets those of a kind whose subject is mended. */
  mend(kind: string, isMended: (subject: string) => boolean): void {
    for (const [key, { subject }] of this.#known) {
      if (key.startsWith(`${kind} `) && isMended(subject)) this.#known.delete(key);
    }
  }

  list(): ModuleProblem[] {
    return [...this.#known.values()];
  }
}
