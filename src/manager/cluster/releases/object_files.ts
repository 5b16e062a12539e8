/**
 * The files for agents on the cluster: an object store. A manager keeps what it has handed out, by its digest, and hands that out also
 * while the cluster cannot be asked.
 *
 * @module
 */

import { getLogger } from "@logtape/logtape";
import { type ObjectStore, Objm } from "@nats-io/obj";
import { messageOf } from "../../../shared/errors.ts";
import type { Files, KeptFile } from "../../stores/files.ts";
import { unavailable } from "../link/cluster_failure.ts";
import type { ClusterLink } from "../link/cluster_link.ts";

const log = getLogger(["manager", "cluster"]);

/** Of all files that are kept in memory. */
const MAX_KEPT_BYTES = 64 * 1_024 * 1_024;

interface CachedFile extends KeptFile {
  digest: string;
}

/** The files of a cluster. */
export class ObjectFiles implements Files {
  readonly #objects: ObjectStore;
  readonly #cache = new Map<string, CachedFile>();

  private constructor(objects: ObjectStore) {
    this.#objects = objects;
  }

  /** Makes the store where it is missing. */
  static async open(link: ClusterLink, name: string): Promise<ObjectFiles> {
    const { replicas } = link.options;
    return new ObjectFiles(await new Objm(link.js).create(name, { replicas }));
  }

  async get(name: string): Promise<KeptFile | undefined> {
    const cached = this.#cache.get(name);
    try {
      return await this.#current(name, cached);
    } catch (error) {
      if (cached === undefined) throw unavailable(error);
      log.warn("File {name} is handed out as it was: {reason}", { name, reason: messageOf(error) });
      return cached;
    }
  }

  async put(name: string, content: Uint8Array): Promise<void> {
    try {
      await this.#objects.putBlob({ name }, content);
    } catch (error) {
      throw unavailable(error);
    }
  }

  async #current(name: string, cached: CachedFile | undefined): Promise<KeptFile | undefined> {
    const info = await this.#objects.info(name);
    if (info === null || info.deleted) {
      this.#cache.delete(name);
      return undefined;
    }
    if (cached !== undefined && cached.digest === info.digest) return cached;
    const blob = await this.#objects.getBlob(name);
    // An object without bytes has no chunks.
    const content = new Uint8Array(blob ?? new Uint8Array());
    const file = { content, changedMs: Date.parse(info.mtime), digest: info.digest };
    this.#keep(name, file);
    return file;
  }

  #keep(name: string, file: CachedFile): void {
    this.#cache.delete(name);
    this.#cache.set(name, file);
    const bytes = () => this.#cache.values().reduce((sum, { content }) => sum + content.length, 0);
    while (this.#cache.size > 1 && bytes() > MAX_KEPT_BYTES) {
      const [oldest = ""] = this.#cache.keys();
      this.#cache.delete(oldest);
    }
  }
}
