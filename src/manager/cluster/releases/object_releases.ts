/**
 * The releases of several managers: an object store, and in each manager's own folder a copy of all of it. So what agents download is
 * read from a file, by ranges and by many at a time, also while no server can be reached.
 *
 * A file is put into the store first, and then into the folder of the manager that was given it; the others follow the store. Until one
 * has its copy it says so, and agents come again.
 *
 * @module
 */

import { getLogger } from "@logtape/logtape";
import { messageOf } from "../../../shared/errors.ts";
import type { FolderFile, PutFile } from "../../releases/release_folder.ts";
import type { ReleaseCopies } from "../../releases/releases.ts";
import type { ReleaseFiles } from "../../stores/release_files.ts";
import { StoreUnavailable } from "../../stores/unavailable.ts";
import type { KeptRelease, ReleaseBucket } from "./release_bucket.ts";
import { SerialQueues } from "../link/serial_queues.ts";
import type { StreamFollower } from "../link/stream_follower.ts";

const log = getLogger(["manager", "cluster"]);

/** Who asks waits so long for the copy of a file: 100 MB take a second or two. */
const COPIED_WITHIN_MS = 3_000;
const AGAIN_AFTER_MS = 2_000;

/** What {@linkcode ObjectReleases} works with. */
interface ObjectReleasesParts extends ReleaseCopies {
  bucket: ReleaseBucket;
}

/** The releases of a cluster. */
export class ObjectReleases implements ReleaseFiles {
  readonly #parts: ObjectReleasesParts;
  readonly #follower: StreamFollower;
  /** What there is, as far as this manager knows. */
  readonly #kept = new Map<string, KeptRelease>();
  readonly #queues = new SerialQueues();
  /** One at a time: each costs the disk its full speed. */
  readonly #copies = new SerialQueues();
  /** Files that are in the store and get their names here: they need no copy. */
  readonly #putting = new Set<string>();
  readonly #stopping = new AbortController();
  #caughtUp = false;

  constructor(parts: ObjectReleasesParts) {
    this.#parts = parts;
    this.#follower = parts.bucket.follow((name, kept) => this.#take(name, kept));
  }

  /** Begins to follow; copies are made in the background. */
  async start(): Promise<void> {
    await this.#follower.start();
    this.#caughtUp = true;
    for (const { name } of this.#parts.folder.list()) {
      if (!this.#kept.has(name)) await this.#match(name);
    }
    void this.#sweep();
  }

  /** Ends. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#follower.stop();
  }

  async put(name: string, chunks: AsyncIterable<Uint8Array>, declared?: number): Promise<PutFile> {
    const { bucket, folder } = this.#parts;
    const beforeNamed = async ({ path }: { path: string }) => {
      this.#putting.add(name);
      await bucket.put(name, path);
    };
    const put = await folder.put(name, chunks, { declared, beforeNamed })
      .finally(() => {
        this.#putting.delete(name);
        // It may be in the store though nobody said so.
        void this.#keepMatching(name);
      });
    // Another manager may have been given the same name in between.
    const kept = await bucket.find(name).catch(() => undefined);
    if (kept !== undefined) this.#take(name, kept);
    return put;
  }

  async remove(name: string): Promise<boolean> {
    const { bucket, folder } = this.#parts;
    // Says what is wrong with the name.
    folder.find(name);
    if (await bucket.find(name) === undefined) return false;
    await bucket.remove(name);
    this.#kept.delete(name);
    await this.#match(name);
    return true;
  }

  async find(name: string): Promise<FolderFile | undefined> {
    const here = this.#parts.folder.find(name);
    const kept = this.#kept.get(name) ?? await this.#parts.bucket.find(name);
    if (kept === undefined) return undefined;
    if (here !== undefined && await this.#isSame(here, kept)) return here;
    this.#kept.set(name, kept);
    await within(this.#match(name), COPIED_WITHIN_MS);
    const file = this.#parts.folder.find(name);
    if (file !== undefined && await this.#isSame(file, kept)) return file;
    throw new StoreUnavailable(`File "${name}" is still on its way to this manager`);
  }

  async #sweep(): Promise<void> {
    const nuids = new Set([...this.#kept.values()].map(({ nuid }) => nuid));
    await this.#parts.bucket.sweep(nuids).catch((error) => {
      log.debug("Cannot look for what is left of files: {reason}", { reason: messageOf(error) });
    });
  }

  #take(name: string, kept: KeptRelease | undefined): void {
    if (kept === undefined) this.#kept.delete(name);
    else this.#kept.set(name, kept);
    void this.#keepMatching(name);
  }

  async #keepMatching(name: string): Promise<void> {
    while (!this.#stopping.signal.aborted) {
      try {
        return await this.#match(name);
      } catch (error) {
        log.warn("Cannot copy {name}, which agents download: {reason}", {
          name,
          reason: messageOf(error),
        });
      }
      await new Promise((resolve) => setTimeout(resolve, AGAIN_AFTER_MS));
    }
  }

  /** Makes the copy what the store has: nothing else in between has this name. */
  #match(name: string): Promise<void> {
    return this.#queues.run(name, async () => {
      if (this.#putting.has(name)) return;
      const kept = this.#kept.get(name);
      const here = this.#parts.folder.find(name);
      if (kept === undefined) {
        // Before all was read nothing is known to be gone.
        if (here !== undefined && this.#caughtUp) await this.#parts.folder.remove(name);
        return;
      }
      if (here !== undefined && await this.#isSame(here, kept)) return;
      await this.#copy(kept);
    });
  }

  async #copy(kept: KeptRelease): Promise<void> {
    const { bucket, copies } = this.#parts;
    const { name } = kept;
    const beforeNamed = ({ sha256 }: PutFile) =>
      sha256 === kept.sha256
        ? Promise.resolve()
        : Promise.reject(new Error("it was replaced on the way, or came damaged"));
    await this.#copies.run("", () => copies.put(name, bucket.content(kept), { beforeNamed }));
    log.info("Copied {name}, which agents download", { name });
  }

  async #isSame(here: FolderFile, { size, sha256 }: KeptRelease): Promise<boolean> {
    return here.info.size === size && await this.#parts.files.sha256(here) === sha256;
  }
}

/** What is not done by then goes on. */
async function within(work: Promise<void>, ms: number): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const over = new Promise<void>((resolve) => timer = setTimeout(resolve, ms));
  await Promise.race([work, over]).catch(() => {});
  clearTimeout(timer);
}
