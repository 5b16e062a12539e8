/**
 * Where the keys are kept that tokens are signed with.
 *
 * @module
 */

import type { JWK } from "jose";

/** Id of a key that was made before keys had ids: its tokens name none. */
export const FIRST_KID = "first";

/** A key pair as it is kept. */
export interface StoredKey {
  kid: string;
  /** Milliseconds since 1970. */
  made_at: number;
  jwk: JWK;
}

/** Keeps keys. */
export interface KeyStore {
  /** All keys, oldest first; empty when none has been made. */
  all(): Promise<StoredKey[]>;
  /**
   * Adds a key and forgets others; it is kept before this resolves. Returns all that there are then: another node may have made one
   * at the same time.
   */
  add(key: StoredKey, forget: readonly StoredKey[]): Promise<StoredKey[]>;
  /** One key, also when another node has just made it. */
  get(kid: string): Promise<StoredKey | undefined>;
  /** Has `listener` told of keys that others make. */
  watch(listener: (keys: StoredKey[]) => void): void;
}
