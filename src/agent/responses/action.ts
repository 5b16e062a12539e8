/**
 * What carries responses out: a script, or one that is built in.
 *
 * @module
 */

import type { Subject } from "./response_order.ts";

/** One run of an action. */
export interface ActionRun {
  name: string;
  subject: Subject;
  /** For how long it is to hold from now on; `null` for what runs once, `undefined` for its end. */
  durationMs?: number | null;
  /** For how long it was ordered; `null` for what runs once. */
  orderedMs: number | null;
  /** What {@linkcode ActionRun.noteBefore} wrote down; `null` when that was nothing. */
  before: string | null;
  /** Writes down what was so before, in the place of an earlier note; on disk when it resolves. */
  noteBefore(before: string): Promise<void>;
  /** Whether the response that a script knows by these keys is to be enabled, or is so already. */
  claimKeys(keys: readonly string[]): Promise<"continue" | "abort">;
  signal: AbortSignal;
}

/** How it ended. */
export interface ActionOutcome {
  isDone: boolean;
  /** For a person, such as `exit status 3`. */
  message: string;
  /** `null` when no program ended by itself. */
  exitCode: number | null;
  /** More of it, JSON. */
  data?: string;
}

/** Carries responses of one kind out. What it throws is a failure; its message says why. */
export interface ResponseAction {
  /** Whether one without an end is enabled until the longest time is over; otherwise it runs once. */
  readonly alwaysEnds: boolean;
  /** Why it cannot be enabled, in one line; `undefined` when it can. Nothing has been done or written then. */
  refusal(run: Pick<ActionRun, "name" | "subject" | "signal">): Promise<string | undefined>;
  /** Has it hold; also when it does already. */
  enable(run: ActionRun): Promise<ActionOutcome>;
  /** Has it hold until another moment, where anything but the table of responses ends it. */
  extend?(run: ActionRun): Promise<ActionOutcome>;
  /** Ends it; also when it does not hold any more. */
  disable(run: ActionRun): Promise<ActionOutcome>;
  /** Has all of these hold again that the machine forgot, such as by a restart. */
  restore?(
    runs: readonly Pick<ActionRun, "subject" | "durationMs" | "before">[],
    signal: AbortSignal,
  ): Promise<void>;
}

/** Nothing was started. */
export class NotStartedError extends Error {
  override readonly name = "NotStartedError";
}
