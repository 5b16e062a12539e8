/**
 * What a check of a module is.
 *
 * @module
 */

/** What a check found. */
export interface CheckResult {
  status: "ok" | "warn" | "fail";
  /** What is so, in one line. */
  message: string;
  /** The right next step, when there is something to do. */
  try?: string;
}

/** One thing to look at. */
export interface Check<Options> {
  /** Stable, unique within the module: lower case words joined by `_`. */
  readonly id: string;
  /** The option that is to blame when it fails, without the module's name. @default enabled */
  readonly option?: string;
  /** Looks at the machine. What it throws is a failure with the error's message. */
  run(
    options: Options,
    signal: AbortSignal,
    place: CheckPlace,
  ): CheckResult | Promise<CheckResult>;
}

/** Whose machine it is. */
export interface CheckPlace {
  /** `path.data`. */
  dataFolder: string;
}
