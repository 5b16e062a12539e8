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

import { checkpointOf } from "../files/tail_checkpoint.ts";
import { getLogger } from "@logtape/logtape";
import type { AbsentFile } from "./absent_files.ts";
import { type FileCheckpoint, serializeCheckpoint } from "../files/checkpoint.ts";
import { compressedBeside, unpack } from "../files/compressed_files.ts";
import { fingerprintOf, identityOf, sameFile } from "../files/file_identity.ts";
import { type FileInfo, isMissing, reasonOf } from "../files/file_system.ts";
import { keyOf, type Sibling, siblingsOf } from "./generations.ts";
import { PlaceChanged } from "../finding/link_rule.ts";
import { FileTail } from "../files/file_tail.ts";
import type { OpenFile } from "../files/open_file.ts";
import { isUnseen, type PackedFile, unseenCheckpoint } from "../files/packed_file.ts";
import type { PendingGroup } from "../pending_group.ts";
import type { TailSet } from "../files/tail_set.ts";

interface Round {
  group: PendingGroup;
  nowMs: number;
  signal: AbortSignal;
}

/** How long it is tried to unpack a file that may still be written. */
const GIVE_UP_AFTER_MS = 10_000;
/** Names under which a file is tried that is renamed meanwhile. */
const MAX_NAMES = 5;

const NOTHING_READ = { offset: 0, fingerprint: fingerprintOf(new Uint8Array()) };

/** Finds and unpacks them. */
export class Unpacker {
  readonly #set: TailSet;
  readonly #log = getLogger(["agent", "collectors", "logcollector"]);
  /** By key. */
  readonly #expected = new Map<string, PackedFile>();
  /** Monotonic: when it was first tried in vain to unpack the file of the key. */
  readonly #triedMs = new Map<string, number>();
  /** By the key of the last file of a log before something may be missing: its path. */
  readonly #gaps = new Map<string, string>();

  constructor(set: TailSet) {
    this.#set = set;
  }

  /** True while something waits to be unpacked. */
  get isBusy(): boolean {
    return this.#expected.size > 0 || this.#set.absent.unreadPacked.length > 0;
  }

  /** Has a compressed file read, behind those that are expected so far. */
  expect(packed: PackedFile, group: PendingGroup): void {
    const key = keyOf(packed.file);
    this.#expected.delete(key);
    this.#expected.set(key, packed);
    // Should the agent end before, the next one looks into it.
    group.set({ key, value: serializeCheckpoint(unseenCheckpoint(packed)) });
  }

  /** The place of a compressed file that waits to be read; `undefined` for others. */
  orderOf(file: Sibling): number | undefined {
    return this.#expected.get(keyOf(file))?.order;
  }

  /** Files that came after that of `key` may be missing, unless that is found in a compressed file. */
  noteGap(key: string, path: string): void {
    this.#gaps.set(key, path);
  }

  /**
   * Goes on in compressed files; everything that waited has been seen to when it resolves, but for logs of which `isPutOff` is
   * true: what they were compressed from may be missing, which is not certain yet.
   */
  async unpackAll(round: Round, isPutOff: (log: string) => boolean): Promise<void> {
    if (!this.#set.makeRoom(1, round.group)) return;
    for (const absent of this.#set.absent.missed) await this.#findMissed(absent, round);
    for (const { key, checkpoint } of this.#set.absent.unreadPacked) {
      if (!isPutOff(checkpoint.log)) await this.#goOn(key, checkpoint, round);
    }
    for (const file of [...this.#expected.values()]) {
      if (!isPutOff(file.log)) await this.#read(file, round);
    }
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

  async #findMissed({ key, checkpoint }: AbsentFile, round: Round): Promise<void> {
    if (!this.#set.options.finder.covers(checkpoint.log)) return;
    const expected = this.#expectedAfter(key).map(({ file }) => file);
    const isUnread = checkpoint.offset === 0;
    // What was compressed of it is known and was passed over: that is read instead.
    if (isUnread && this.#set.absent.copiesOf(key).length > 0) return;
    // It is one of the compressed files that are read from 0.
    if (isUnread && (expected.length > 0 || this.#hasUnseen(checkpoint.log))) {
      return this.#found(key, round);
    }
    // Nothing of an empty file would tell which one it has become.
    if (isUnread && checkpoint.size === 0) return;
    const tried = new Set<string>();
    const mayBe = (file: Sibling) =>
      !tried.has(keyOf(file)) && !(isUnread && this.#set.isKnown(file));
    // The oldest first: many files may begin with the same lines.
    let files = [...expected, ...compressedBeside(checkpoint)].filter(mayBe);
    // A name may escape a listing while it is given to another file.
    for (let left = MAX_NAMES; left > 0 && files.length > 0; left--) {
      for (const file of files) {
        if (await this.#goOnIn(file, { key, checkpoint }, round)) return;
        tried.add(keyOf(file));
      }
      files = compressedBeside(checkpoint).filter(mayBe);
    }
  }

  /** True when compressed files of the log were found before the agent started, and nobody has looked into them. */
  #hasUnseen(log: string): boolean {
    return this.#set.absent.unreadPacked.some(({ checkpoint }) =>
      checkpoint.log === log && isUnseen(checkpoint)
    );
  }

  /** False when the file of this key has not become that one. */
  async #goOnIn(
    file: Sibling,
    { key, checkpoint }: Pick<AbsentFile, "key" | "checkpoint">,
    round: Round,
  ): Promise<boolean> {
    const tail = await this.#open(file, { key, checkpoint }, round);
    if (!tail) return false;
    this.#dropTo(keyOf(file), key, round.group);
    this.#found(key, round);
    this.#set.add(tail, round.group);
    return true;
  }

  /** What is older than the file that was known last was there before. */
  #dropTo(found: string, key: string, group: PendingGroup): void {
    if (!this.#expected.has(found)) return;
    for (const { file } of this.#expectedAfter(key)) {
      this.#expected.delete(keyOf(file));
      if (keyOf(file) === found) return;
      group.set({ key: keyOf(file), value: null });
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
    const { absent } = this.#set;
    const file = absent.placeOf(key);
    const tail = file && await this.#open(file, { key, checkpoint }, round);
    // The next scan sees to one that is gone.
    if (!tail && !absent.placeOf(key)) return;
    absent.drop(key);
    if (tail) this.#set.add(tail, round.group);
    else this.#giveUp(key, checkpoint, round);
  }

  /** It cannot be unpacked any more. */
  #giveUp(key: string, checkpoint: FileCheckpoint, { group }: Round): void {
    const { path, size, offset } = checkpoint;
    this.#set.loseFile(path, isUnseen(checkpoint) ? 0 : size - offset, group);
    const done = { ...checkpoint, offset: size };
    this.#set.absent.add(key, done);
    group.set({ key, value: serializeCheckpoint(done) });
  }

  /** One that cannot be unpacked may still be written, or renamed. */
  async #read(packed: PackedFile, round: Round): Promise<void> {
    const key = keyOf(packed.file);
    const isDone = this.#set.isKnown(packed.file) || await this.#readWhole(packed, round);
    const firstMs = this.#triedMs.get(key) ?? round.nowMs;
    const isGone = placeOf(packed.file.path, packed.file.info) === undefined;
    if (!isDone && !isGone && round.nowMs - firstMs < GIVE_UP_AFTER_MS) {
      this.#triedMs.set(key, firstMs);
      return;
    }
    this.#expected.delete(key);
    this.#triedMs.delete(key);
    if (!isDone) this.#giveUp(key, unseenCheckpoint(packed), round);
  }

  /** False when it cannot be unpacked. */
  async #readWhole({ log, real, order, file, after }: PackedFile, round: Round): Promise<boolean> {
    const tail = await this.#unpack(file, NOTHING_READ, round, (unpacked, at) => {
      const known = { key: keyOf(file), identity: identityOf(file.info), packed: true };
      const { nowMs } = round;
      const options = this.#set.options.tailOf(log);
      return new FileTail(unpacked, at, { log, path: log, real, order, known, nowMs, options });
    });
    if (!tail) return false;
    this.#set.add(tail, round.group);
    if (tail.size === 0 && this.#set.sizeOf(after) === 0) this.closeGap(after);
    return true;
  }

  async #open(
    sibling: Sibling,
    { key, checkpoint }: Pick<AbsentFile, "key" | "checkpoint">,
    round: Round,
  ): Promise<FileTail | undefined> {
    return await this.#unpack(sibling, checkpoint, round, (file, at) => {
      using opened = new DisposableStack();
      const { log, path, real, order, dev, ino, born_ms, packed } = checkpoint;
      const known = { key, identity: { dev, ino, born_ms }, packed };
      const { nowMs } = round;
      const options = this.#set.options.tailOf(path);
      const setup = { log, path, real, order, known, nowMs, options };
      const tail = opened.use(new FileTail(file, at, setup));
      if (!tail.resume(checkpoint)) return undefined;
      // Unpacked it ends there at the latest.
      const end = checkpoint.offset + this.#set.options.maxUnpackedBytes;
      if (!isUnseen(checkpoint) && tail.size < Math.min(checkpoint.size, end)) return undefined;
      opened.move();
      if (!packed) this.#remember(sibling, { tail, group: round.group });
      return tail;
    });
  }

  /** A compressed file that is read under the identity of the file that it was is no news later. */
  #remember(
    sibling: Sibling,
    { tail, group }: { tail: FileTail; group: PendingGroup },
  ): void {
    const identity = identityOf(sibling.info);
    const key = keyOf(sibling);
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

  /** Opens the file under the name that it has now. @throws an error of the system */
  #openWherever({ path, info }: Sibling): { path: string; source: OpenFile } {
    for (let left = MAX_NAMES; left > 0; left--) {
      const at = left === MAX_NAMES ? path : placeOf(path, info);
      if (at === undefined) continue;
      const source = this.#openIfThere(at);
      if (source && sameFile(identityOf(source.info()), identityOf(info))) {
        return { path: at, source };
      }
      source?.[Symbol.dispose]();
    }
    throw new Deno.errors.NotFound(path);
  }

  #openIfThere(path: string): OpenFile | undefined {
    try {
      return this.#set.options.finder.links.open(path);
    } catch (error) {
      if (error instanceof PlaceChanged || isMissing(error)) return undefined;
      throw error;
    }
  }

  async #unpack(
    sibling: Sibling,
    from: Pick<FileCheckpoint, "offset" | "fingerprint">,
    { group, signal }: Round,
    follow: (file: OpenFile, at: string) => FileTail | undefined,
  ): Promise<FileTail | undefined> {
    let { path } = sibling;
    try {
      const found = this.#openWherever(sibling);
      path = found.path;
      using source = found.source;
      const maxBytes = this.#set.options.maxUnpackedBytes;
      const unpacked = await unpack(source, from, { maxBytes, signal });
      const tail = unpacked && follow(unpacked.file, path);
      if (tail && unpacked.isCut) {
        const reason =
          `compressed file holds more than ${maxBytes} unread bytes: the rest is not read`;
        group.lose({ events: 0, bytes: 0, reason, detail: path });
      }
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

/** Where the file lies now; `undefined` when it is not beside `path` any more. */
function placeOf(path: string, info: FileInfo): string | undefined {
  const identity = identityOf(info);
  return siblingsOf(path).find((other) => sameFile(identityOf(other.info), identity))?.path;
}

/** True for the key of a file, also when another one has got its inode since. */
function isKeyOf(before: string, key: string): boolean {
  return key === before || key.startsWith(`${before}:`);
}
