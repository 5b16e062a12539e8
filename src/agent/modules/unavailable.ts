/**
 * What a module throws that cannot work on this machine as it is.
 *
 * @module
 */

/** Something outside is missing; it is looked for again after {@linkcode RETRY_UNAVAILABLE_MS}. */
export class ModuleUnavailable extends Error {
  override readonly name = "ModuleUnavailable";
  /** The right next step. */
  readonly hint: string;

  /** @param reason what is missing, as the end of a sentence */
  constructor(reason: string, { hint }: { hint: string }) {
    super(reason);
    this.hint = hint;
  }
}

/** How long a module that is unavailable waits until it looks again. */
export const RETRY_UNAVAILABLE_MS = 600_000;
