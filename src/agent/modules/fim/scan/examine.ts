/**
 * Makes the record of what was met, reading the file only when something says that it may have changed.
 *
 * @module
 */

import { mayTellText } from "../diff/private_text.ts";
import { AccountNames } from "../record/account_names.ts";
import { isRacy, isSameFile, typeOf } from "../record/file_record.ts";
import type { FileStatus } from "../../../platform/libc/file_status.ts";
import { readMark, type RecordMark, RecordPacker } from "../record/record_codec.ts";
import type { HashName } from "../rules/hash_names.ts";
import { type ReadFile, readHashes } from "./read_hashes.ts";
import type { Met } from "./walker.ts";

/** What decides how files are examined. */
export interface ExamineOptions {
  schema: "6.0" | "5.0";
  /** Larger files have no hashes; bytes. */
  maxFileSize: number;
  /** Milliseconds in which every file is read once, changed or not. */
  rehashIntervalMs: number;
}

/** What is counted on the way. */
export interface ExamineCounts {
  /** Files that were read, and their bytes. */
  read: number;
  bytes: number;
  /** Files that could not be read. */
  unreadable: number;
  /** Files that changed while they were read, three times. */
  changing: number;
  /** Files larger than `maxFileSize`. */
  too_large: number;
}

/** What there is of a file. */
interface Examined {
  /** The packed record. */
  data: Uint8Array;
  /** What it holds, if that is wanted for a comparison line by line. */
  text: Uint8Array | undefined;
}

/** Bytes read at a time. */
const BUFFER_BYTES = 1024 * 1024;
/** Texts up to so many bytes are compared line by line. */
const MAX_TEXT_BYTES = 64 * 1024;

/** Examines one thing after the other. */
export class Examiner {
  readonly counts: ExamineCounts = {
    read: 0,
    bytes: 0,
    unreadable: 0,
    changing: 0,
    too_large: 0,
  };
  readonly #options: ExamineOptions;
  readonly #now: () => number;
  readonly #names: AccountNames;
  readonly #buffer: Uint8Array<ArrayBuffer>;
  readonly #packer = new RecordPacker();

  constructor(
    options: ExamineOptions,
    { now, names = AccountNames.read(), bufferBytes = BUFFER_BYTES }: {
      now: () => number;
      names?: AccountNames;
      bufferBytes?: number;
    },
  ) {
    this.#options = options;
    this.#now = now;
    this.#names = names;
    this.#buffer = new Uint8Array(bufferBytes);
  }

  /** Whether nothing says that it changed since `stored`. */
  isUnchanged({ status, directory }: Met, stored: Uint8Array): boolean {
    const mark = this.#markOf(stored);
    if (mark === undefined || !isSameFile(mark.status, status)) return false;
    if (mark.schema !== this.#options.schema) return false;
    const wanted = this.#wantedHashes(status, directory.options.hashes);
    if (!isSame(mark.hashNames, wanted)) return false;
    return wanted.length === 0 || !mark.isRacy && !this.#isDue(mark);
  }

  /** Reads what has to be read. Each step but the last is a moment at which others may have their turn. */
  *examine(met: Met): Generator<void, Examined> {
    const { name, folder, isFollowed, directory } = met;
    const { diff, hashes: names } = directory.options;
    const wanted = this.#wantedHashes(met.status, names);
    if (typeOf(met.status) === "file" && wanted.length === 0 && names.length > 0) {
      this.counts.too_large++;
    }
    if (wanted.length === 0) return { data: this.#pack(met, undefined), text: undefined };
    const read = yield* readHashes(folder, name, {
      hashes: wanted,
      follow: isFollowed,
      buffer: this.#buffer,
      now: this.#now,
      keepBytes: diff ? MAX_TEXT_BYTES : 0,
    });
    if (typeof read === "string") {
      this.counts[read]++;
      return { data: this.#pack(met, undefined), text: undefined };
    }
    this.counts.read++;
    this.counts.bytes += read.status.size;
    // What was opened decides: it may be another file than the one that was met.
    const mayTell = diff && mayTellText(met.path, read.status);
    return { data: this.#pack(met, read), text: mayTell ? read.content : undefined };
  }

  #pack(met: Met, read: ReadFile | undefined): Uint8Array {
    const { name, folder } = met;
    const status = read?.status ?? met.status;
    const isLink = typeOf(met.status) === "symlink" || met.isFollowed;
    return this.#packer.pack({
      status,
      owner: this.#names.user(status.uid),
      group: this.#names.group(status.gid),
      target: isLink ? folder.readLink(name) ?? null : null,
      hashes: read?.hashes ?? {},
      rights: read?.rights ?? [],
      readAtS: read === undefined ? 0 : Math.floor(read.readAtMs / 1_000),
      isRacy: read !== undefined && isRacy(status, read.readAtMs),
      schema: this.#options.schema,
    });
  }

  #markOf(stored: Uint8Array): RecordMark | undefined {
    try {
      return readMark(stored);
    } catch {
      // Of another version: as if nothing were known.
      return undefined;
    }
  }

  #wantedHashes(status: FileStatus, names: readonly HashName[]): readonly HashName[] {
    return typeOf(status) === "file" && status.size <= this.#options.maxFileSize ? names : NONE;
  }

  /** Each file has a phase of its own, by its inode: so that not all are read again in the same scan. */
  #isDue({ status, readAtS }: RecordMark): boolean {
    const { rehashIntervalMs } = this.#options;
    const phase = Number((status.inode * SPREAD) & 0xffff_ffffn) / 2 ** 32;
    const periodOf = (ms: number) => Math.floor(ms / rehashIntervalMs + phase);
    return periodOf(this.#now()) !== periodOf(readAtS * 1_000);
  }
}

const NONE: readonly HashName[] = [];
/** Knuth's multiplier: neighbours get phases far from each other. */
const SPREAD = 2654435761n;

function isSame(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((name) => other.includes(name));
}
