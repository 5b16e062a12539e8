/**
 * Reads compressed files: those that remembered files became, and those of which nobody has seen
 * the file that was compressed.
 *
 * What is unpacked is followed like any file that was deleted. A file that nobody knows is a part of
 * the log by its name; what of it was read before, through the file that it was, is told by what it
 * holds. It is remembered under its own identity for as long as it lies there.
 *
 * @module
 */

import { checkpointOf } from "./tail_checkpoint.ts";
import { getLogger } from "@logtape/logtape";
import type { AbsentFile } from "./absent_files.ts";
import { type FileCheckpoint, serializeCheckpoint } from "./checkpoint.ts";
import { compressedBeside, unpack } from "./compressed_files.ts";
import { fingerprintOf, identityKey, identityOf } from "./file_identity.ts";
import { type FileInfo, isMissing, reasonOf } from "./file_system.ts";
import { FileTail } from "./file_tail.ts";
import type { OpenFile } from "./open_file.ts";
import type { PendingGroup } from "./pending_group.ts";
import type { TailSet } from "./tail_set.ts";

/** A compressed file that nobody knows. */
interface PackedFile {
  path: string;
  /** The log that it is a part of. */
  log: string;
  /** Where that lay, links resolved. */
  real: string;
  /** Place among the files of that log. */
  order: number;
  /** Key of the file of that log that was known last; empty for none. */
  after: string;
}

interface Round {
  group: PendingGroup;
  nowMs: number;
  signal: AbortSignal;
}

const NOTHING_READ = { offset: 0, fingerprint: fingerprintOf(new Uint8Array()) };

/** Finds and unpacks them. */
export class Unpacker {
  readonly #set: TailSet;
  readonly #log = getLogger(["agent", "collectors", "logcollector"]);
  /** By path. */
  readonly #expected = new Map<string, PackedFile>();
  /** By the key of the last file of a log before something may be missing: its path. */
  readonly #gaps = new Map<string, string>();

  constructor(set: TailSet) {
    this.#set = set;
  }

  /** True while something waits to be unpacked. */
  get isBusy(): boolean {
    return this.#expected.size > 0;
  }

  /** Has a compressed file read. */
  expect(file: PackedFile): void {
    if (!this.#expected.has(file.path)) this.#expected.set(file.path, file);
  }

  /** Files that came after that of `key` may be missing, unless that is found in a compressed file. */
  noteGap(key: string, path: string): void {
    this.#gaps.set(key, path);
  }

  /** Goes on in compressed files; everything that waited has been seen to when it resolves. */
  async unpackAll(round: Round): Promise<void> {
    for (const absent of this.#set.absent.missed) await this.#findMissed(absent, round);
    for (const { key, checkpoint } of this.#set.absent.unreadPacked) {
      await this.#goOn(key, checkpoint, round);
    }
    for (const file of [...this.#expected.values()]) await this.#read(file, round);
  }

  /** The file of this key has been found. */
  closeGap(key: string): void {
    for (const last of this.#gaps.keys()) if (isKeyOf(last, key)) this.#gaps.delete(last);
  }

  /** Says what is missing, once it is decided what the compressed files are copies of. */
  reportGaps(group: PendingGroup): void {
    for (const path of this.#gaps.values()) this.#set.loseFiles(path, group);
    this.#gaps.clear();
  }

  /** A file that nothing was read of is one of the compressed files that are read from 0. */
  async #findMissed({ key, checkpoint }: AbsentFile, round: Round): Promise<void> {
    if (!this.#set.options.finder.covers(checkpoint.log)) return;
    if (checkpoint.offset === 0) {
      if ([...this.#expected.values()].some(({ after }) => isKeyOf(after, key))) {
        this.#found(key, round);
      }
      return;
    }
    const expected = this.#expectedAfter(key).map(({ path }) => path);
    // The oldest first: many files may begin with the same lines.
    for (const path of new Set([...expected, ...compressedBeside(checkpoint)])) {
      const tail = await this.#open(path, { key, checkpoint }, round);
      if (!tail) continue;
      this.#dropTo(path, key);
      this.#found(key, round);
      this.#set.add(tail, round.group);
      return;
    }
  }

  /** What is older than the file that was known last was there before. */
  #dropTo(found: string, key: string): void {
    if (!this.#expected.has(found)) return;
    for (const { path } of this.#expectedAfter(key)) {
      this.#expected.delete(path);
      if (path === found) return;
    }
  }

  /** Oldest first. */
  #expectedAfter(key: string): PackedFile[] {
    return [...this.#expected.values()].filter(({ after }) => isKeyOf(after, key));
  }

  #found(key: string, { group }: Round): void {
    this.#set.absent.drop(key);
    this.closeGap(key);
    group.set({ key, value: null });
  }

  /** What was begun before the agent ended. */
  async #goOn(key: string, checkpoint: FileCheckpoint, round: Round): Promise<void> {
    const path = this.#set.absent.placeOf(key);
    const tail = path !== undefined && await this.#open(path, { key, checkpoint }, round);
    if (!tail) return;
    this.#set.absent.drop(key);
    this.#set.add(tail, round.group);
  }

  async #read(packed: PackedFile, round: Round): Promise<void> {
    this.#expected.delete(packed.path);
    const { log, real, order, path: at } = packed;
    await this.#unpack(at, NOTHING_READ, round, (file, source) => {
      const identity = identityOf(source.info());
      const key = identityKey(identity, at);
      if (this.#set.isKnown({ path: at, info: source.info() })) return;
      const known = { key, identity, packed: true };
      const { nowMs } = round;
      const options = this.#set.options.tail;
      const tail = new FileTail(file, at, { log, path: log, real, order, known, nowMs, options });
      this.#set.add(tail, round.group);
      if (tail.size === 0 && this.#set.sizeOf(packed.after) === 0) this.closeGap(packed.after);
      return tail;
    });
  }

  async #open(
    at: string,
    { key, checkpoint }: Pick<AbsentFile, "key" | "checkpoint">,
    round: Round,
  ): Promise<FileTail | undefined> {
    return await this.#unpack(at, checkpoint, round, (file, source) => {
      using opened = new DisposableStack();
      const { log, path, real, order, dev, ino, born_ms, packed } = checkpoint;
      const known = { key, identity: { dev, ino, born_ms }, packed };
      const { nowMs } = round;
      const options = this.#set.options.tail;
      const setup = { log, path, real, order, known, nowMs, options };
      const tail = opened.use(new FileTail(file, at, setup));
      if (!tail.resume(checkpoint)) return undefined;
      opened.move();
      if (!packed) this.#remember(at, source.info(), { tail, group: round.group });
      return tail;
    });
  }

  /** A compressed file that is read under the identity of the file that it was is no news later. */
  #remember(
    at: string,
    info: FileInfo,
    { tail, group }: { tail: FileTail; group: PendingGroup },
  ): void {
    const identity = identityOf(info);
    const key = identityKey(identity, at);
    const { size } = tail;
    const read = {
      ...checkpointOf(tail),
      ...identity,
      packed: true,
      moved: true,
      offset: size,
      size,
    };
    this.#set.absent.drop(key);
    this.#set.absent.add(key, read);
    group.set({ key, value: serializeCheckpoint(read) });
  }

  async #unpack(
    path: string,
    from: Pick<FileCheckpoint, "offset" | "fingerprint">,
    { signal }: Round,
    follow: (file: OpenFile, source: OpenFile) => FileTail | undefined,
  ): Promise<FileTail | undefined> {
    try {
      using source = this.#set.options.finder.links.open(path);
      const file = await unpack(source, from, signal);
      const tail = file && follow(file, source);
      if (tail) this.#log.info("{log} goes on in {path}, unpacked", { log: tail.path, path });
      return tail;
    } catch (error) {
      signal.throwIfAborted();
      if (!isMissing(error)) {
        this.#log.warn("Cannot unpack {path}: {reason}", { path, reason: reasonOf(error) });
      }
      return undefined;
    }
  }
}

/** True for the key of a file, also when another one has got its inode since. */
function isKeyOf(before: string, key: string): boolean {
  return key === before || key.startsWith(`${before}:`);
}
