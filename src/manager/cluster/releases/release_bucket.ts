/**
 * The object store of the releases, read and written piece by piece: a file of 100 MB is never in memory as a whole. The library's own
 * reading takes what comes as fast as it comes, so pieces are asked for here, some at a time.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { type ObjectStore, Objm } from "@nats-io/obj";
import { ReleaseProblem } from "../../releases/release_problem.ts";
import { isFull, unavailable } from "../link/cluster_failure.ts";
import type { ClusterLink } from "../link/cluster_link.ts";
import { portion } from "../link/portion.ts";
import { StreamFollower } from "../link/stream_follower.ts";

const PIECES_AT_ONCE = 16;
const PIECES_WITHIN_MS = 5_000;
/** Pieces without a name for so long are left over from a put that was cut. */
const LEFT_OVER_AFTER_MS = 3_600_000;

/** A file as the store knows it. */
export interface KeptRelease {
  name: string;
  size: number;
  /** SHA-256 in hexadecimal digits. */
  sha256: string;
  /** Changes with each put. */
  nuid: string;
}

/** What a file's entry says, as the library writes it. */
interface ObjectEntry {
  name: string;
  size: number;
  digest: string;
  nuid: string;
  deleted?: boolean;
}

/** The object store. */
export class ReleaseBucket {
  readonly #link: ClusterLink;
  readonly #objects: ObjectStore;
  readonly #name: string;

  private constructor(link: ClusterLink, objects: ObjectStore, name: string) {
    this.#link = link;
    this.#objects = objects;
    this.#name = name;
  }

  /** Makes the store where it is missing. */
  static async open(link: ClusterLink, name: string): Promise<ReleaseBucket> {
    const { replicas, max_release_bytes } = link.options;
    const objects = await new Objm(link.js).create(name, {
      replicas,
      max_bytes: max_release_bytes,
    });
    return new ReleaseBucket(link, objects, name);
  }

  /**
   * Puts the content of the file at `path` under a name.
   *
   * @throws ReleaseProblem when there is no room, StoreUnavailable
   */
  async put(name: string, path: string): Promise<void> {
    using file = await Deno.open(path, { read: true });
    try {
      await this.#objects.put({ name }, file.readable);
    } catch (error) {
      if (!isFull(error)) throw unavailable(error);
      throw new ReleaseProblem(
        "no_room",
        "The releases of the cluster have no room left (cluster.max_release_bytes)",
      );
    }
  }

  /** @throws StoreUnavailable */
  async remove(name: string): Promise<void> {
    try {
      await this.#objects.delete(name);
    } catch (error) {
      throw unavailable(error);
    }
  }

  /** The file as the store's leader knows it. @throws StoreUnavailable */
  async find(name: string): Promise<KeptRelease | undefined> {
    try {
      const info = await this.#objects.info(name);
      return info === null ? undefined : releaseIn(info);
    } catch (error) {
      throw unavailable(error);
    }
  }

  /**
   * The content of a file. Whoever puts it together has to compare its hash: it may be replaced meanwhile.
   *
   * @throws StoreUnavailable when it does not come
   */
  async *content({ nuid, size }: KeptRelease): AsyncGenerator<Uint8Array> {
    const consumer = await this.#link.js.consumers.get(this.#stream, {
      filter_subjects: `$O.${this.#name}.C.${nuid}`,
    }).catch((error) => {
      throw unavailable(error);
    });
    for (let missing = size; missing > 0;) {
      const pieces = portion(consumer, { most: PIECES_AT_ONCE, expiresMs: PIECES_WITHIN_MS });
      const before = missing;
      for await (const { data } of pieces) {
        yield data;
        missing -= data.length;
        if (missing <= 0) break;
      }
      if (missing === before) throw unavailable(new Error("a file does not come"));
    }
  }

  /** Follows what is put and taken away: what there is, and then each change. */
  follow(take: (name: string, kept: KeptRelease | undefined) => void): StreamFollower {
    return new StreamFollower({
      link: this.#link,
      stream: this.#stream,
      subjects: `$O.${this.#name}.M.>`,
      lastOnly: true,
      take: (message) => {
        const entry = message.json<ObjectEntry>();
        take(entry.name, releaseIn(entry));
      },
    });
  }

  /** Takes away what puts that were cut left behind. `names` of this node may be behind: only old pieces go. */
  async sweep(kept: ReadonlySet<string>): Promise<void> {
    const { manager } = this.#link;
    const before = `$O.${this.#name}.C.`;
    const { state } = await manager.streams.info(this.#stream, { subjects_filter: `${before}>` });
    for (const subject of Object.keys(state.subjects ?? {})) {
      if (kept.has(subject.slice(before.length))) continue;
      const last = await manager.streams.getMessage(this.#stream, { last_by_subj: subject });
      if (last === null || Date.now() - last.time.getTime() < LEFT_OVER_AFTER_MS) continue;
      await manager.streams.purge(this.#stream, { filter: subject });
    }
  }

  get #stream(): string {
    return `OBJ_${this.#name}`;
  }
}

function releaseIn({ name, size, digest, nuid, deleted }: ObjectEntry): KeptRelease | undefined {
  if (deleted === true) return undefined;
  const sha256 = Buffer.from(digest.replace(/^SHA-256=/, ""), "base64url").toString("hex");
  return { name, size, sha256, nuid };
}
