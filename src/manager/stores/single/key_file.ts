/**
 * Keys of one manager: in a file, or in memory.
 *
 *     {"keys":[{"kid":"…","made_at":1767225600000,"jwk":{…}}]}      newest last, mode 0600
 *
 * A file of an older manager is one key alone; its tokens name no key.
 *
 * @module
 */

import type { JWK } from "jose";
import * as z from "zod";
import type { Clock } from "../../../shared/clock.ts";
import { AgentError } from "../../../shared/errors.ts";
import { readIfThere, writePrivate } from "../../private_file.ts";
import { FIRST_KID, type KeyStore, type StoredKey } from "../token_keys.ts";

const JWK_SHAPE = z.looseObject({ kty: z.string(), d: z.string() });
const FILE = z.object({
  keys: z.array(z.object({ kid: z.string(), made_at: z.number(), jwk: JWK_SHAPE })).min(1),
});

/** Keys in a file that belongs to this process. */
export class KeyFile implements KeyStore {
  readonly #path: string | undefined;
  readonly #clock: Clock;
  #keys: readonly StoredKey[] | undefined;

  /** @param path without it the keys last as long as the process */
  constructor(path: string | undefined, clock: Clock) {
    this.#path = path;
    this.#clock = clock;
  }

  /** @throws AgentError when the file holds no keys */
  async all(): Promise<StoredKey[]> {
    this.#keys ??= await this.#read();
    return [...this.#keys];
  }

  async get(kid: string): Promise<StoredKey | undefined> {
    return (await this.all()).find((key) => key.kid === kid);
  }

  async add(key: StoredKey, forget: readonly StoredKey[]): Promise<StoredKey[]> {
    const kids = new Set(forget.map(({ kid }) => kid));
    const keys = [...(await this.all()).filter(({ kid }) => !kids.has(kid)), key];
    if (this.#path !== undefined) await writePrivate(this.#path, JSON.stringify({ keys }));
    this.#keys = keys;
    return [...keys];
  }

  /** Nobody else makes any. */
  watch(): void {}

  async #read(): Promise<StoredKey[]> {
    const text = this.#path === undefined ? undefined : await readIfThere(this.#path);
    if (text === undefined) return [];
    const value = parsed(text);
    const single = JWK_SHAPE.safeParse(value).data;
    if (single !== undefined) {
      return [{ kid: FIRST_KID, made_at: this.#clock.now(), jwk: single as JWK }];
    }
    const file = FILE.safeParse(value).data;
    if (file !== undefined) return file.keys as StoredKey[];
    throw new AgentError("failed", `Cannot read the keys of tokens in "${this.#path}"`, {
      hint: "put back a copy of the file, or remove it: agents then log in again",
    });
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
