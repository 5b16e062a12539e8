/**
 * Why a manifest is refused.
 *
 * @module
 */

/** The reasons, by the codes that stand in results, logs and the record of rollouts, with what each means. */
export const REFUSALS = {
  too_large: "the manifest, or a file that it names, is larger than allowed",
  not_json: "it is not a JSON object: cut off, or something else altogether",
  not_canonical: "it was changed after it was signed, or written by hand: not in canonical form",
  wrong_form: "a member is missing, unknown, or of another form",
  wrong_type: "it is a manifest of another type",
  not_signed: "it bears no signature",
  key_unknown: "none of its signatures is of a trusted key",
  signature_wrong: "a signature in the name of a trusted key does not fit what it says",
  threshold_not_met: "fewer trusted keys than needed have signed it",
  new_threshold_not_met: "fewer of the new keys have signed than they themselves ask for",
  key_wrong: "a new key is no Ed25519 key, or is not the one that it is called by",
  expired: "its time is over",
  not_yet_valid: "it is issued only later",
  older_release: "a newer release was seen before",
  older_version: "its version is older than the one that asks",
  not_from_this_version: "the version that asks is not among those that it may replace",
  wrong_platform: "it names no file for this platform",
  wrong_name: "it is about another file than the one that was asked for",
} as const;

/** One of {@linkcode REFUSALS}. */
export type RefusalCode = keyof typeof REFUSALS;

/** A manifest that must not be used. */
export interface RefusedManifest {
  ok: false;
  code: RefusalCode;
  /** In words, with what was found; no sentence, such as `it expired at 2026-01-01T00:00:00Z`. */
  message: string;
}

/** A refusal. */
export function refused(code: RefusalCode, message: string): RefusedManifest {
  return { ok: false, code, message };
}
