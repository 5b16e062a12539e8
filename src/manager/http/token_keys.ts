/**
 * The keys that tokens are signed with. One signs; those before it still verify what they signed, until the last of it has
 * expired. So a new key cuts nobody off.
 *
 *     {"keys":[{"kid":"…","made_at":1767225600000,"jwk":{…}}]}      the file, newest last, mode 0600
 *
 * A file of an older manager is one key alone; its tokens name no key.
 *
 * @module
 */

import { exportJWK, generateKeyPair, importJWK, type JWK } from "jose";
import * as z from "zod";
import type { Clock } from "../../shared/clock.ts";
import { AgentError } from "../../shared/errors.ts";
import { readIfThere, writePrivate } from "../private_file.ts";

/** Of all keys. */
export const ALGORITHM = "ES256";

const FIRST_KID = "first";

const JWK_SHAPE = z.looseObject({ kty: z.string(), d: z.string() });
const FILE = z.object({
  keys: z.array(z.object({ kid: z.string(), made_at: z.number(), jwk: JWK_SHAPE })).min(1),
});

type ImportedKey = Awaited<ReturnType<typeof importJWK>>;

/** A key pair. */
interface TokenKey {
  kid: string;
  /** Milliseconds since 1970. */
  madeAtMs: number;
  privateKey: ImportedKey;
  publicKey: ImportedKey;
}

interface StoredKey {
  kid: string;
  made_at: number;
  jwk: JWK;
}

/** What {@linkcode TokenKeys.open} takes. */
export interface TokenKeysOptions {
  clock: Clock;
  /** Life of a token in milliseconds. */
  ttlMs: number;
  /** For how long a key signs, in milliseconds. */
  keyLifeMs: number;
  /** Without it the keys last as long as the process. */
  keyFile?: string;
}

/** The keys, newest last. */
export class TokenKeys {
  readonly #options: TokenKeysOptions;
  #stored: StoredKey[];
  #keys: TokenKey[];
  #rotating: Promise<void> | undefined;

  private constructor(options: TokenKeysOptions, stored: StoredKey[], keys: TokenKey[]) {
    this.#options = options;
    this.#stored = stored;
    this.#keys = keys;
  }

  /**
   * Reads the keys, or makes the first one.
   *
   * @throws AgentError when the file holds no keys
   */
  static async open(options: TokenKeysOptions): Promise<TokenKeys> {
    const stored = await readKeys(options) ?? [];
    const keys = new TokenKeys(options, stored, await Promise.all(stored.map(imported)));
    if (stored.length === 0) await keys.rotate();
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
  find(kid: string = FIRST_KID): TokenKey | undefined {
    return this.#keys.find((key) => key.kid === kid);
  }

  /** Makes a new key, and forgets those whose tokens have all expired. It is on disk before it signs. */
  async rotate(): Promise<void> {
    const { clock, keyFile, ttlMs } = this.#options;
    const nowMs = clock.now();
    const { privateKey } = await generateKeyPair(ALGORITHM, { extractable: true });
    const made = { kid: crypto.randomUUID(), made_at: nowMs, jwk: await exportJWK(privateKey) };
    // A key signed until the one after it was made.
    const kept = this.#stored.filter((_, index) =>
      (this.#stored[index + 1]?.made_at ?? nowMs) + ttlMs > nowMs
    );
    const stored = [...kept, made];
    const keys = await Promise.all(stored.map(imported));
    if (keyFile !== undefined) await writePrivate(keyFile, JSON.stringify({ keys: stored }));
    this.#stored = stored;
    this.#keys = keys;
  }
}

async function readKeys({ keyFile, clock }: TokenKeysOptions): Promise<StoredKey[] | undefined> {
  const text = keyFile === undefined ? undefined : await readIfThere(keyFile);
  if (text === undefined) return undefined;
  const value = parsed(text);
  const single = JWK_SHAPE.safeParse(value).data;
  if (single !== undefined) return [{ kid: FIRST_KID, made_at: clock.now(), jwk: single as JWK }];
  const file = FILE.safeParse(value).data;
  if (file !== undefined) return file.keys as StoredKey[];
  throw new AgentError("failed", `Cannot read the keys of tokens in "${keyFile}"`, {
    hint: "put back a copy of the file, or remove it: agents then log in again",
  });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
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
