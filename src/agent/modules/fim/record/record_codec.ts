/**
 * A record as bytes: what is stored of a file with its state (about 85 bytes), and what a scan writes.
 *
 * Format, little-endian; `n` is an unsigned LEB128 number, `text` is n = 0 for `null`, else n - 1 bytes of UTF-8:
 *
 *     u8 version (1)   u8 flags   u16 mode   i64 mtime ns   i64 ctime ns   u32 read at (s since 1970)
 *     n uid   n gid   n links   n major   n minor   n inode   n size
 *     text owner   text group   text target   16, 20, 32 bytes of md5, sha1, sha256, those that the flags name
 *     with flag 128: text rights, lines
 *
 * Flags: 1 racy, 2 immutable, 4 append, 8 schema 5.0 (the document was made so), 16 md5, 32 sha1, 64 sha256, 128 rights beyond the mode.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import type { FileStatus } from "../../../platform/libc/file_status.ts";
import { HASHES, type HashName } from "../rules/hash_names.ts";
import type { FileRecord, Hashes } from "./file_record.ts";

const VERSION = 1;
const FIXED_BYTES = 24;
const FLAG = { racy: 1, immutable: 2, append: 4, schema5: 8, rights: 128 } as const;
const HASH_FLAG: Readonly<Record<HashName, number>> = { md5: 16, sha1: 32, sha256: 64 };
/** Seven of them, of ten bytes at most. */
const MOST_NUMBERS_BYTES = 70;
const ALL_HASHES_BYTES = 68;
/** Systems allow names of users of 32 characters, directory services somewhat more. */
const MOST_NAME_BYTES = 1_024;
const MAX_NAMES = 10_000;
const encoder = new TextEncoder();
const HASH_BYTES: Readonly<Record<HashName, number>> = { md5: 16, sha1: 20, sha256: 32 };

/** A record, and under which schema its document is. */
export interface PackedRecord extends FileRecord {
  schema: "6.0" | "5.0";
}

/** Writes records, in memory that is used again for the next: of millions none costs more than its own bytes. */
export class RecordPacker {
  #writer = new Writer(4_096);

  pack(record: PackedRecord): Uint8Array {
    const { status, owner, group, target, hashes, readAtS, rights = [] } = record;
    const rightsText = rights.join("\n");
    const writer = this.#begin((target?.length ?? 0) + rightsText.length);
    const { view } = writer;
    view.setUint8(0, VERSION);
    view.setUint8(1, flagsOf(record));
    view.setUint16(2, status.mode, true);
    view.setBigInt64(4, status.modifiedNs, true);
    view.setBigInt64(12, status.changedNs, true);
    view.setUint32(20, readAtS, true);
    writer.number(status.uid);
    writer.number(status.gid);
    writer.number(status.links);
    const colon = status.device.indexOf(":");
    writer.number(Number(status.device.slice(0, colon)));
    writer.number(Number(status.device.slice(colon + 1)));
    writer.number(status.inode);
    writer.number(status.size);
    writer.name(owner);
    writer.name(group);
    writer.text(target === null ? null : encoder.encode(target));
    for (const name of HASHES) writer.bytes(hashes[name]);
    if (rightsText !== "") writer.text(encoder.encode(rightsText));
    return writer.result();
  }

  /** Only where a link leads, and an access list, may be long. */
  #begin(characters: number): Writer {
    const size = FIXED_BYTES + MOST_NUMBERS_BYTES + ALL_HASHES_BYTES + 2 * MOST_NAME_BYTES +
      3 * characters;
    if (!this.#writer.begin(size)) this.#writer = new Writer(size);
    return this.#writer;
  }
}

/**
 * Reads a record.
 *
 * @throws {RangeError} for bytes of another version, or cut ones
 */
export function unpackRecord(bytes: Uint8Array): PackedRecord {
  const reader = new Reader(bytes);
  const { flags } = reader;
  const status = readStatus(reader);
  const [owner, group, target] = [reader.text(), reader.text(), reader.text()];
  const hashes: Hashes = {};
  for (const name of HASHES) {
    if (flags & HASH_FLAG[name]) hashes[name] = reader.bytes(HASH_BYTES[name]);
  }
  return {
    status,
    owner,
    group,
    target,
    hashes,
    ...(flags & FLAG.rights && { rights: reader.text()?.split("\n") ?? [] }),
    readAtS: reader.readAtS,
    isRacy: (flags & FLAG.racy) !== 0,
    schema: flags & FLAG.schema5 ? "5.0" : "6.0",
  };
}

/** As much of a record as decides whether the file is read again. */
export interface RecordMark {
  status: FileStatus;
  readAtS: number;
  isRacy: boolean;
  schema: "6.0" | "5.0";
  hashNames: readonly HashName[];
}

/** {@linkcode unpackRecord} without what takes longest. */
export function readMark(bytes: Uint8Array): RecordMark {
  const reader = new Reader(bytes);
  const { flags } = reader;
  return {
    status: readStatus(reader),
    readAtS: reader.readAtS,
    isRacy: (flags & FLAG.racy) !== 0,
    schema: flags & FLAG.schema5 ? "5.0" : "6.0",
    hashNames: HASH_NAMES[(flags >> 4) & 7] ?? [],
  };
}

/** By the bits of the flags. */
const HASH_NAMES: readonly (readonly HashName[])[] = Array.from(
  { length: 8 },
  (_, bits) => HASHES.filter((name) => (HASH_FLAG[name] >> 4) & bits),
);

function flagsOf(
  { status: { attributes }, isRacy, schema, hashes, rights = [] }: PackedRecord,
): number {
  let flags = (isRacy ? FLAG.racy : 0) | (schema === "5.0" ? FLAG.schema5 : 0) |
    (rights.length > 0 ? FLAG.rights : 0);
  if (attributes.immutable) flags |= FLAG.immutable;
  if (attributes.append) flags |= FLAG.append;
  for (const name of HASHES) if (hashes[name] !== undefined) flags |= HASH_FLAG[name];
  return flags;
}

function readStatus(reader: Reader): FileStatus {
  const { view, flags } = reader;
  const [uid, gid, links] = [reader.number(), reader.number(), reader.number()];
  const device = `${reader.number()}:${reader.number()}`;
  return {
    mode: view.getUint16(2, true),
    modifiedNs: view.getBigInt64(4, true),
    changedNs: view.getBigInt64(12, true),
    uid,
    gid,
    links,
    device,
    inode: reader.bigNumber(),
    size: reader.number(),
    mount: 0n,
    attributes: {
      immutable: (flags & FLAG.immutable) !== 0,
      append: (flags & FLAG.append) !== 0,
    },
  };
}

/** Writes into memory of a size that was made sure of. */
class Writer {
  readonly view: DataView;
  readonly #bytes: Uint8Array;
  /** Names of users and groups come again and again. */
  readonly #names = new Map<string, Uint8Array>();
  #at = FIXED_BYTES;

  constructor(size: number) {
    this.#bytes = new Uint8Array(size);
    this.view = new DataView(this.#bytes.buffer);
  }

  /** Begins a record. False when there is not enough memory for so many bytes. */
  begin(size: number): boolean {
    this.#at = FIXED_BYTES;
    return size <= this.#bytes.length;
  }

  number(value: number | bigint): void {
    let rest = value;
    if (typeof rest === "bigint" && rest <= Number.MAX_SAFE_INTEGER) rest = Number(rest);
    while (typeof rest === "bigint") {
      this.#bytes[this.#at++] = Number(rest & 0x7fn) | 0x80;
      rest >>= 7n;
      if (rest <= Number.MAX_SAFE_INTEGER) rest = Number(rest);
    }
    for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) {
      this.#bytes[this.#at++] = (rest % 0x80) | 0x80;
    }
    this.#bytes[this.#at++] = rest;
  }

  /** @throws {RangeError} for a name of more than {@linkcode MOST_NAME_BYTES} bytes */
  name(name: string | null): void {
    if (name === null) return this.text(null);
    let bytes = this.#names.get(name);
    if (bytes === undefined) {
      bytes = encoder.encode(name);
      if (bytes.length > MOST_NAME_BYTES) throw new RangeError("A name is too long");
      if (this.#names.size < MAX_NAMES) this.#names.set(name, bytes);
    }
    this.text(bytes);
  }

  text(bytes: Uint8Array | null): void {
    this.number(bytes === null ? 0 : bytes.length + 1);
    if (bytes !== null) this.bytes(bytes);
  }

  bytes(bytes: Uint8Array | undefined): void {
    if (bytes === undefined) return;
    this.#bytes.set(bytes, this.#at);
    this.#at += bytes.length;
  }

  result(): Uint8Array {
    return this.#bytes.slice(0, this.#at);
  }
}

class Reader {
  readonly view: DataView;
  readonly flags: number;
  readonly readAtS: number;
  readonly #bytes: Uint8Array;
  #at = FIXED_BYTES;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    const { buffer, byteOffset, byteLength } = bytes;
    this.view = new DataView(buffer, byteOffset, byteLength);
    if (this.view.getUint8(0) !== VERSION) throw new RangeError("A record of another version");
    this.flags = this.view.getUint8(1);
    this.readAtS = this.view.getUint32(20, true);
  }

  number(): number {
    let value = 0;
    for (let factor = 1;; factor *= 0x80) {
      const byte = this.#byte();
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) return value;
    }
  }

  /** Inodes of some file systems are larger than a number holds exactly. */
  bigNumber(): bigint {
    const start = this.#at;
    const value = this.number();
    if (value <= Number.MAX_SAFE_INTEGER) return BigInt(value);
    let exact = 0n;
    for (let at = this.#at - 1; at >= start; at--) {
      exact = (exact << 7n) | BigInt((this.#bytes[at] ?? 0) & 0x7f);
    }
    return exact;
  }

  text(): string | null {
    const length = this.number();
    if (length === 0) return null;
    const { buffer, byteOffset, byteLength } = this.#bytes;
    const start = this.#skip(length - 1);
    return Buffer.from(buffer, byteOffset, byteLength).toString("utf8", start, this.#at);
  }

  bytes(length: number): Uint8Array {
    const start = this.#skip(length);
    return new Uint8Array(this.#bytes.buffer, this.#bytes.byteOffset + start, length);
  }

  #byte(): number {
    const byte = this.#bytes[this.#at++];
    if (byte === undefined) throw new RangeError("A record is cut");
    return byte;
  }

  /** Where what is passed over begins. */
  #skip(length: number): number {
    const start = this.#at;
    this.#at += length;
    if (this.#at > this.#bytes.length) throw new RangeError("A record is cut");
    return start;
  }
}
