/**
 * The keys that tokens are signed with, on the cluster: every manager verifies what any of them signed.
 *
 * @module
 */

import type { KeyStore, StoredKey } from "../../stores/token_keys.ts";
import type { Bucket } from "../link/bucket.ts";
import type { SecretBox } from "../link/secret_box.ts";
import type { StreamFollower } from "../link/stream_follower.ts";

const PREFIX = "token.";
const KID = /^[A-Za-z0-9-]{1,64}$/;

/** A key as it lies on the cluster. */
export interface SealedKey {
  sealed: string;
}

/** The keys of a cluster. */
export class KvTokenKeys implements KeyStore {
  readonly #bucket: Bucket<SealedKey>;
  readonly #box: SecretBox;
  readonly #keys = new Map<string, StoredKey>();
  readonly #follower: StreamFollower;
  #listener: ((keys: StoredKey[]) => void) | undefined;

  constructor(bucket: Bucket<SealedKey>, box: SecretBox) {
    this.#bucket = bucket;
    this.#box = box;
    this.#follower = bucket.follow(`${PREFIX}*`, ({ key, value }) => {
      this.#take(key.slice(PREFIX.length), value);
      this.#listener?.(this.#inOrder());
    });
  }

  /** Reads the keys. @throws AgentError when they were encrypted with another secret */
  async start(): Promise<void> {
    await this.#follower.start();
    const [kid] = this.#keys.keys();
    // What is followed only logs what it cannot read.
    if (kid === undefined) await this.#checkSecret();
  }

  all(): Promise<StoredKey[]> {
    return Promise.resolve(this.#inOrder());
  }

  async get(kid: string): Promise<StoredKey | undefined> {
    if (!KID.test(kid)) return undefined;
    const { value } = await this.#bucket.get(`${PREFIX}${kid}`);
    this.#take(kid, value);
    return this.#keys.get(kid);
  }

  async add(key: StoredKey, forget: readonly StoredKey[]): Promise<StoredKey[]> {
    const name = `${PREFIX}${key.kid}`;
    const sealed = this.#box.seal(JSON.stringify(key), name);
    await this.#bucket.change(name, (known) => known === undefined ? { sealed } : undefined);
    for (const { kid } of forget) {
      await this.#bucket.change(
        `${PREFIX}${kid}`,
        (known) => known === undefined ? undefined : null,
      );
      this.#keys.delete(kid);
    }
    this.#keys.set(key.kid, key);
    return this.#inOrder();
  }

  watch(listener: (keys: StoredKey[]) => void): void {
    this.#listener = listener;
  }

  /** Ends. */
  stop(): Promise<void> {
    return this.#follower.stop();
  }

  async #checkSecret(): Promise<void> {
    const probe = "secret_probe";
    const { value } = await this.#bucket.change(
      probe,
      (known) => known === undefined ? { sealed: this.#box.seal("", probe) } : undefined,
    );
    if (value !== undefined) this.#box.open(value.sealed, probe);
  }

  #take(kid: string, value: SealedKey | undefined): void {
    if (value === undefined) this.#keys.delete(kid);
    else this.#keys.set(kid, JSON.parse(this.#box.open(value.sealed, `${PREFIX}${kid}`)));
  }

  #inOrder(): StoredKey[] {
    return [...this.#keys.values()].sort((one, other) => one.made_at - other.made_at);
  }
}
