/**
 * How keys are called: by the beginning of the SHA-256 of their public half (SPKI, DER), so that nobody has to name them.
 *
 * @module
 */

import { createHash, type KeyObject } from "node:crypto";

const SHORT_DIGITS = 16;

/** SHA-256 of a public key in hexadecimal digits. */
export function fingerprint(key: KeyObject): string {
  const der = key.export({ format: "der", type: "spki" });
  return createHash("sha256").update(der).digest("hex");
}

/** The name of a public key: the first 16 digits of its fingerprint. */
export function keyIdOf(key: KeyObject): string {
  return fingerprint(key).slice(0, SHORT_DIGITS);
}
