/**
 * Passwords and agent keys at rest: salted and hashed, compared in constant time.
 *
 * The hash is one HMAC-SHA-256, not a slow one such as scrypt: an agent key is 32 characters from a
 * cryptographic generator (190 bits), which no guessing reaches, while thousands of agents log in
 * within seconds after a restart of the manager. The one password is never stored, only kept like
 * this in memory.
 *
 * @module
 */

import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";

/** What is kept of a secret. */
export interface SaltedHash {
  /** 16 random bytes. */
  salt: Uint8Array;
  /** 32 bytes. */
  hash: Uint8Array;
}

/** Hashes `secret` with a new salt. */
export function hashSecret(secret: string): SaltedHash {
  const salt = randomBytes(16);
  return { salt, hash: digest(secret, salt) };
}

/** True when `secret` is the one that was hashed. Takes the same time for every wrong one. */
export function matchesSecret(secret: string, kept: SaltedHash): boolean {
  return timingSafeEqual(digest(secret, kept.salt), kept.hash);
}

function digest(secret: string, salt: Uint8Array): Uint8Array {
  return createHmac("sha256", salt).update(secret).digest();
}
