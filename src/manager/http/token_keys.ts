/**
 * The keys that tokens are signed with. One signs; those before it still verify what they signed, until the last of it has
 * expired. So a new key cuts nobody off.
 *
 * @module
 */

import { exportJWK, generateKeyPair, importJWK } from "jose";
import type { Clock } from "../../shared/clock.ts";
import { FIRST_KID, type KeyStore, type StoredKey } from "../stores/token_keys.ts";

/** Of all keys. */
export const ALGORITHM = "ES256";

type ImportedKey = Awaited<ReturnType<typeof importJWK>>;

/** A key pair. */
interface TokenKey {
  kid: string;
  /** Milliseconds since 1970. */
  madeAtMs: number;
  privateKey: ImportedKey;
  publicKey: ImportedKey;
}

/** What {@linkcode TokenKeys.open} takes. */
export interface TokenKeysOptions {
  clock: Clock;
  /** Life of a token in milliseconds. */
  ttlMs: number;
  /** For how long a key signs, in milliseconds. */
  keyLifeMs: number;
  store: KeyStore;
}

/** The keys, newest last. */
export class TokenKeys {
  readonly #options: TokenKeysOptions;
  #stored: StoredKey[];
  #keys: TokenKey[];
  #rotating: Promise<void> | undefined;
  #lookingUp: Promise<void> | undefined;

  private constructor(options: TokenKeysOptions, stored: StoredKey[], keys: TokenKey[]) {
    this.#options = options;
    this.#stored = stored;
    this.#keys = keys;
  }

  /**
   * Reads the keys, or makes the first one.
   *
   * @throws AgentError when they cannot be read
   */
  static async open(options: TokenKeysOptions): Promise<TokenKeys> {
    const stored = await options.store.all();
    const keys = new TokenKeys(options, stored, await Promise.all(stored.map(imported)));
    if (stored.length === 0) await keys.rotate();
    options.store.watch((all) => void keys.#take(all));
    return keys;
  }

  /** The key that signs now; a new one when the last has signed for long enough. */
  async signing(): Promise<TokenKey> {
    const { clock, keyLifeMs } = this.#options;
    const newest = this.#keys.at(-1);
    if (newest !== undefined && clock.now() - newest.madeAtMs < keyLifeMs) return newest;
    this.#rotating ??= this.rotate().finally(() => this.#rotating = undefined);
    await this.#rotating;
    return this.signing();
  }

  /** The key of this id; tokens without one were signed by the first. */
  async find(kid: string = FIRST_KID): Promise<TokenKey | undefined> {
    const known = this.#keys.find((key) => key.kid === kid);
    if (known !== undefined) return known;
    // One at a time: ids that are made up must not become as many requests.
    await this.#lookingUp;
    this.#lookingUp = this.#lookUp(kid);
    await this.#lookingUp;
    return this.#keys.find((key) => key.kid === kid);
  }

  async #lookUp(kid: string): Promise<void> {
    const found = await this.#options.store.get(kid).catch(() => undefined);
    const isKnown = this.#stored.some((key) => key.kid === kid);
    if (found !== undefined && !isKnown) await this.#take([found, ...this.#stored]);
  }

  /** Makes a new key, and forgets those whose tokens have all expired. It is kept before it signs. */
  async rotate(): Promise<void> {
    const { clock, store, ttlMs } = this.#options;
    const nowMs = clock.now();
    const made = await newStoredKey(nowMs);
    // A key signed until the one after it was made.
    const over = this.#stored.filter((_, index) =>
      (this.#stored[index + 1]?.made_at ?? nowMs) + ttlMs <= nowMs
    );
    await this.#take(await store.add(made, over));
  }

  async #take(stored: StoredKey[]): Promise<void> {
    const keys = await Promise.all(stored.map(imported));
    this.#stored = stored;
    this.#keys = keys;
  }
}

/** A new key pair. */
export async function newStoredKey(nowMs: number): Promise<StoredKey> {
  const { privateKey } = await generateKeyPair(ALGORITHM, { extractable: true });
  return { kid: crypto.randomUUID(), made_at: nowMs, jwk: await exportJWK(privateKey) };
}

async function imported({ kid, made_at, jwk }: StoredKey): Promise<TokenKey> {
  const { d: _secret, ...publicJwk } = jwk;
  return {
    kid,
    madeAtMs: made_at,
    privateKey: await importJWK(jwk, ALGORITHM),
    publicKey: await importJWK(publicJwk, ALGORITHM),
  };
}
