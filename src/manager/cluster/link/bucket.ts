/**
 * A bucket of keys and values (KV of JetStream), changed by compare-and-set only and read from its leader: other copies may be behind.
 *
 * @module
 */

import { type JsMsg, PubHeaders } from "@nats-io/jetstream";
import { Kvm } from "@nats-io/kv";
import { nuid } from "@nats-io/transport-node";
import { StoreUnavailable } from "../../stores/unavailable.ts";
import { isConflict, isNoMessage, unavailable } from "./cluster_failure.ts";
import type { ClusterLink } from "./cluster_link.ts";
import { StreamFollower } from "./stream_follower.ts";
import type { TurnTransaction } from "./turn_transaction.ts";

const OPERATION = "KV-Operation";
/** Of each write its own: another node may have written the same value meanwhile. */
const WRITE_ID = "Write";
const MAX_TRIES = 12;
const MOST_WAIT_MS = 150;

/** How a bucket is made. */
interface BucketOptions {
  /** How many values of each key are kept. @default 1 */
  history?: number;
  /** Values that nobody refreshes for so long go away, in milliseconds. @default never */
  ttlMs?: number;
}

/** A key as it stands. */
export interface Entry<Value> {
  key: string;
  /** `undefined` for a key that was removed. */
  value: Value | undefined;
  /** 0 for a key that never was. */
  revision: number;
}

/** What a change makes of a value: another one, nothing (`null`), or what it was (`undefined`). */
type Change<Value> = (
  current: Value | undefined,
) => Value | null | undefined | Promise<Value | null | undefined>;

/** A bucket of JSON values. */
export class Bucket<Value> {
  readonly #link: ClusterLink;
  readonly #name: string;

  private constructor(link: ClusterLink, name: string) {
    this.#link = link;
    this.#name = name;
  }

  /** Makes the bucket where it is missing. */
  static async open<Value>(
    link: ClusterLink,
    name: string,
    { history = 1, ttlMs = 0 }: BucketOptions = {},
  ): Promise<Bucket<Value>> {
    await new Kvm(link.js).create(name, {
      history,
      ttl: ttlMs,
      replicas: link.options.replicas,
    });
    return new Bucket<Value>(link, name);
  }

  /** The key as its leader knows it. @throws StoreUnavailable */
  async get(key: string): Promise<Entry<Value>> {
    const { value, revision } = await this.#read(key);
    return { key, value, revision };
  }

  async #read(key: string): Promise<Entry<Value> & { writeId?: string }> {
    try {
      const message = await this.#link.manager.streams
        .getMessage(this.#stream, { last_by_subj: this.#subject(key) });
      if (message === null) return { key, value: undefined, revision: 0 };
      const { header, data, seq } = message;
      const value = valueOf<Value>(header.get(OPERATION), data);
      return { key, value, revision: seq, writeId: header.get(WRITE_ID) };
    } catch (error) {
      if (isNoMessage(error)) return { key, value: undefined, revision: 0 };
      throw unavailable(error);
    }
  }

  /**
   * Changes a key by compare-and-set, as often as others get in between.
   *
   * @param known where to begin; @default what the leader says
   * @returns the key as it stands then, and whether this call changed it
   * @throws StoreUnavailable when it cannot be told whether it was changed; what `change` throws
   */
  async change(
    key: string,
    change: Change<Value>,
    known?: Entry<Value>,
  ): Promise<Entry<Value> & { changed: boolean }> {
    let current = known ?? await this.get(key);
    for (let tries = 0; tries < MAX_TRIES; tries++) {
      const wanted = await change(current.value);
      if (wanted === undefined) return { ...current, changed: false };
      const revision = await this.#write(key, wanted, current.revision);
      if (revision !== undefined) {
        return { key, value: wanted ?? undefined, revision, changed: true };
      }
      await new Promise((resolve) => setTimeout(resolve, Math.random() * tries * MOST_WAIT_MS / 4));
      current = await this.get(key);
    }
    throw new StoreUnavailable(`Too many change "${key}" at once`);
  }

  /** Puts a value, whatever there was. Returns its revision. @throws StoreUnavailable */
  async put(key: string, value: Value): Promise<number> {
    try {
      return await this.#link.publisher.publish(this.#subject(key), JSON.stringify(value));
    } catch (error) {
      throw unavailable(error);
    }
  }

  /** Removes a key with all that it was. Those who follow do not hear of it. @throws StoreUnavailable */
  async purge(key: string): Promise<void> {
    try {
      await this.#link.manager.streams.purge(this.#stream, { filter: this.#subject(key) });
    } catch (error) {
      throw unavailable(error);
    }
  }

  /**
   * Follows keys: what is there, and then each change, this node's own too.
   *
   * @param together in which what comes together is taken
   */
  follow(
    keys: string,
    take: (entry: Entry<Value>) => void,
    together?: TurnTransaction,
  ): StreamFollower {
    const before = this.#subject("").length;
    return new StreamFollower({
      link: this.#link,
      stream: this.#stream,
      subjects: this.#subject(keys),
      lastOnly: true,
      together,
      take: (message) => take(entryOf<Value>(message, before)),
    });
  }

  /** Returns the new revision; `undefined` when another was first, or that cannot be told. */
  async #write(key: string, value: Value | null, revision: number): Promise<number | undefined> {
    const writeId = nuid.next();
    try {
      const payload = value === null ? "" : JSON.stringify(value);
      return await this.#link.publisher.publish(this.#subject(key), payload, {
        [PubHeaders.ExpectedLastSubjectSequenceHdr]: String(revision),
        [WRITE_ID]: writeId,
        ...(value === null && { [OPERATION]: "DEL" }),
      });
    } catch (error) {
      if (isConflict(error)) return undefined;
      // It may be stored though nobody said so: looked at like any other's change.
      const now = await this.#read(key).catch(() => undefined);
      if (now === undefined) throw unavailable(error);
      if (now.writeId === writeId) return now.revision;
      if (now.revision > revision) return undefined;
      throw unavailable(error);
    }
  }

  get #stream(): string {
    return `KV_${this.#name}`;
  }

  #subject(key: string): string {
    return `$KV.${this.#name}.${key}`;
  }
}

function entryOf<Value>({ subject, seq, headers, data }: JsMsg, before: number): Entry<Value> {
  const value = valueOf<Value>(headers?.get(OPERATION) ?? "", data);
  return { key: subject.slice(before), value, revision: seq };
}

function valueOf<Value>(operation: string, data: Uint8Array): Value | undefined {
  return operation === "" ? JSON.parse(new TextDecoder().decode(data)) : undefined;
}
