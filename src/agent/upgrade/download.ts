/**
 * Downloading one file: bounded by its size, resumed where it broke off, no faster than allowed, and believed only once its hash is
 * right.
 *
 * What came so far is in a file whose name is the hash: the next try, of this process or a later one, goes on behind it.
 *
 * @module
 */

import { createHash } from "node:crypto";
import type { Clock } from "../../shared/clock.ts";
import { messageOf } from "../../shared/errors.ts";
import type { ReleaseTarget } from "../../shared/releases/manifest.ts";
import { isDiskFull } from "../platform/disk_full.ts";
import { UpgradeRefusal } from "./refusal.ts";

/** What came of asking for a part of a file. */
export type PartOutcome =
  /** All that the server had from there on was handed over. */
  | { kind: "done" }
  /** It broke off, or may work later. */
  | { kind: "retry"; reason: string; afterMs?: number }
  /** It will not work. */
  | { kind: "give_up"; reason: string };

/** Where a part of a file goes. */
export interface PartSink {
  /** Told first where what follows begins: at the offset that was asked for, or at 0 when the server sends all of it. */
  start(offset: number): void;
  /** Takes the next bytes; what it throws ends the request and comes out of it. */
  write(bytes: Uint8Array): Promise<void>;
}

/** Gets files of releases. */
export interface FileSource {
  /**
   * Gets `name` from `offset` on, provided that it is the file with this hash still.
   *
   * @throws what the sink throws, and the signal's reason
   */
  read(
    request: { name: string; sha256: string; offset: number; signal: AbortSignal },
    sink: PartSink,
  ): Promise<PartOutcome>;
}

/** What a download works with. */
interface DownloadDeps {
  source: FileSource;
  /** Most bytes in a second; asked again for each MiB. */
  bytesPerSecond: () => number;
  /** Waits between tries. */
  retryWaits: { next(afterMs?: number): number; reset(): void };
  onProgress: (bytes: number) => void;
  clock: Clock;
  signal: AbortSignal;
}

const WRITE_BYTES = 1_048_576;
/** So often without one more byte it is given up. */
const MOST_BARREN_TRIES = 20;

/**
 * Downloads `target` to `path`; it is on the disk, and right, when this resolves.
 *
 * @throws {UpgradeRefusal} `wrong_size`, `wrong_hash`, `no_space`, `download_failed`
 * @throws the signal's reason; what came so far stays
 */
export async function download(
  target: ReleaseTarget,
  path: string,
  deps: DownloadDeps,
): Promise<void> {
  using file = Deno.openSync(path, { read: true, write: true, create: true, mode: 0o600 });
  try {
    await new Download(target, file, deps).run();
    file.syncSync();
    requireHash(target, file);
  } catch (error) {
    const isWrong = error instanceof UpgradeRefusal &&
      (error.reason === "wrong_hash" || error.reason === "wrong_size");
    // Nothing that comes behind it could make it right.
    if (isWrong) file.truncateSync(0);
    throw isDiskFull(error) ? noSpace(target, error) : error;
  }
}

class Download {
  readonly #target: ReleaseTarget;
  readonly #file: Deno.FsFile;
  readonly #deps: DownloadDeps;
  /** Bytes that are in the file. */
  #have: number;
  #pending: Uint8Array[] = [];
  #pendingBytes = 0;
  #pacedMs: number;
  #barren = 0;

  constructor(target: ReleaseTarget, file: Deno.FsFile, deps: DownloadDeps) {
    this.#target = target;
    this.#file = file;
    this.#deps = deps;
    this.#pacedMs = deps.clock.monotonic();
    this.#have = file.statSync().size;
    if (this.#have > target.size) this.#begin(0);
  }

  async run(): Promise<void> {
    const { name, sha256, size } = this.#target;
    const { source, signal, retryWaits, clock } = this.#deps;
    while (this.#have < size) {
      signal.throwIfAborted();
      const before = this.#have;
      const request = { name, sha256, offset: this.#have, signal };
      const outcome = await source.read(request, {
        start: (offset) => this.#begin(offset),
        write: (bytes) => this.#take(bytes),
      });
      this.#flush();
      if (outcome.kind === "give_up") {
        throw new UpgradeRefusal("download_failed", `cannot download "${name}": ${outcome.reason}`);
      }
      if (this.#have >= size) break;
      if (this.#have > before) retryWaits.reset();
      this.#countTry(outcome, this.#have > before);
      const afterMs = outcome.kind === "retry" ? outcome.afterMs : undefined;
      await clock.sleep(retryWaits.next(afterMs), signal);
    }
  }

  /** A file that ends too early is shorter than the manifest says, unless the connection broke. */
  #countTry(outcome: PartOutcome, brought: boolean): void {
    const { name, size } = this.#target;
    this.#barren = brought ? 0 : this.#barren + 1;
    if (outcome.kind === "done" && !brought) {
      throw new UpgradeRefusal(
        "wrong_size",
        `"${name}" has ${this.#have} bytes, not ${size} as its manifest says`,
        { blames: true },
      );
    }
    if (this.#barren < MOST_BARREN_TRIES) return;
    const why = outcome.kind === "retry" ? `: ${outcome.reason}` : "";
    throw new UpgradeRefusal("download_failed", `cannot download "${name}"${why}`);
  }

  #begin(offset: number): void {
    this.#pending = [];
    this.#pendingBytes = 0;
    this.#file.truncateSync(offset);
    this.#file.seekSync(offset, Deno.SeekMode.Start);
    this.#have = offset;
  }

  async #take(bytes: Uint8Array): Promise<void> {
    const { name, size } = this.#target;
    if (this.#have + this.#pendingBytes + bytes.length > size) {
      throw new UpgradeRefusal(
        "wrong_size",
        `"${name}" is longer than the ${size} bytes that its manifest says`,
        { blames: true },
      );
    }
    this.#pending.push(bytes);
    this.#pendingBytes += bytes.length;
    if (this.#pendingBytes >= WRITE_BYTES) {
      const written = this.#flush();
      await this.#pace(written);
    }
  }

  /** Writes what waits; resolves with how much that was. */
  #flush(): number {
    const bytes = this.#pendingBytes;
    for (const part of this.#pending) {
      for (let at = 0; at < part.length;) at += this.#file.writeSync(part.subarray(at));
    }
    this.#pending = [];
    this.#pendingBytes = 0;
    this.#have += bytes;
    this.#deps.onProgress(this.#have);
    return bytes;
  }

  async #pace(bytes: number): Promise<void> {
    const { clock, bytesPerSecond, signal } = this.#deps;
    this.#pacedMs = Math.max(this.#pacedMs, clock.monotonic() - 1_000) +
      bytes / bytesPerSecond() * 1_000;
    const waitMs = this.#pacedMs - clock.monotonic();
    if (waitMs > 0) await clock.sleep(waitMs, signal);
  }
}

/** Of the open file: what is hashed is what gets its place afterwards. */
function requireHash({ name, sha256 }: ReleaseTarget, file: Deno.FsFile): void {
  const hash = createHash("sha256");
  const buffer = new Uint8Array(WRITE_BYTES);
  file.seekSync(0, Deno.SeekMode.Start);
  for (;;) {
    const read = file.readSync(buffer);
    if (read === null) break;
    hash.update(buffer.subarray(0, read));
  }
  const found = hash.digest("hex");
  if (found === sha256) return;
  throw new UpgradeRefusal("wrong_hash", `"${name}" has SHA-256 ${found}, not ${sha256}`, {
    blames: true,
  });
}

function noSpace({ name }: ReleaseTarget, cause: unknown): UpgradeRefusal {
  return new UpgradeRefusal("no_space", `no room for "${name}": ${messageOf(cause)}`, { cause });
}
