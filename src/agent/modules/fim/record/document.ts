/**
 * The document of a file, as each schema has it. Members are written in canonical order, which is cheaper to compare.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { hash } from "node:crypto";
import { nameOf } from "../rules/paths.ts";
import { type FileRecord, type FileType, typeOf } from "./file_record.ts";
import { type PackedRecord, unpackRecord } from "./record_codec.ts";

/** The members of `file` that are told. */
export type FileDocument = Readonly<Record<string, unknown>>;

/**
 * The document of what is stored.
 *
 * @throws {RangeError} for what was stored by another version
 */
export function unpackDocument(path: string, data: Uint8Array): { file: FileDocument } {
  return documentOf(path, unpackRecord(data));
}

/** The document of a path. */
function documentOf(path: string, record: PackedRecord): { file: FileDocument } {
  return record.schema === "5.0" ? documentOfFive(path, record) : documentOfSix(path, record);
}

/** Schema 6.0 has files and registry keys in one index: what a file has not is `null`. */
function documentOfSix(path: string, record: FileRecord) {
  const { status, owner, group, target, hashes } = record;
  const type = typeOf(status);
  return {
    file: {
      attributes: attributesOf(record),
      gid: String(status.gid),
      group,
      hash: hashesOf(hashes),
      inode: String(status.inode),
      mode: octal(status.mode),
      mtime: mtimeOf(record, type),
      name: nameOf(path),
      owner,
      path,
      size: sizeOf(record, type),
      target_path: target,
      type,
      uid: String(status.uid),
    },
    registry: { key: null, value: null },
  };
}

function documentOfFive(path: string, record: FileRecord) {
  const file = fileOfFive(path, record);
  return { checksum: { hash: { sha1: checksumOf(file) } }, file };
}

function fileOfFive(path: string, record: FileRecord) {
  const { status, owner, group, hashes } = record;
  const type = typeOf(status);
  return {
    attributes: attributesOf(record),
    device: String(deviceNumber(status.device)),
    gid: String(status.gid),
    group,
    hash: hashesOf(hashes),
    inode: String(status.inode),
    mtime: mtimeOf(record, type),
    owner,
    path,
    permissions: [permissionText(status.mode)],
    size: sizeOf(record, type),
    uid: String(status.uid),
  };
}

/** The checksum that servers of 5.0 know of a file: these members, joined by colons. */
function checksumOf(file: ReturnType<typeof fileOfFive>): string {
  const { md5, sha1, sha256 } = file.hash;
  const members = [
    file.size,
    file.path,
    file.permissions.join(),
    file.attributes.join(),
    file.uid,
    file.gid,
    file.owner,
    file.group,
    file.mtime,
    file.inode,
    md5,
    sha1,
    sha256,
  ];
  return hash("sha1", members.map((member) => member ?? "").join(":"), "hex");
}

function attributesOf({ status: { attributes }, rights = [] }: FileRecord): string[] {
  return [
    ...rights,
    ...(attributes.append ? ["append"] : []),
    ...(attributes.immutable ? ["immutable"] : []),
  ];
}

function hashesOf({ md5, sha1, sha256 }: FileRecord["hashes"]) {
  return { md5: hex(md5), sha1: hex(sha1), sha256: hex(sha256) };
}

function hex(bytes: Uint8Array | undefined): string | null {
  if (bytes === undefined) return null;
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("hex");
}

/** What happens in a folder changes its time and size, and is told of its entries. */
function mtimeOf({ status }: FileRecord, type: FileType): string | null {
  if (type === "dir") return null;
  // Four digits of the year are what a date of the server may have.
  const ms = Math.min(Math.max(Number(status.modifiedNs / 1_000_000n), MIN_MS), MAX_MS);
  return new Date(ms).toISOString();
}

const MIN_MS = Date.parse("0001-01-01T00:00:00Z");
const MAX_MS = Date.parse("9999-12-31T23:59:59Z");

function sizeOf({ status }: FileRecord, type: FileType): number | null {
  return type === "dir" ? null : status.size;
}

function octal(mode: number): string {
  return (mode & 0o7777).toString(8).padStart(4, "0");
}

/** As `ls -l` shows it, without the type. */
function permissionText(mode: number): string {
  return ["u", "g", "o"].map((_, index) => {
    const bits = mode >> (6 - 3 * index);
    const special = (mode >> (11 - index)) & 1;
    const [on, off] = index === 2 ? ["t", "T"] : ["s", "S"];
    const execute = special ? (bits & 1 ? on : off) : bits & 1 ? "x" : "-";
    return `${bits & 4 ? "r" : "-"}${bits & 2 ? "w" : "-"}${execute}`;
  }).join("");
}

/** `dev_t` of the C library. */
function deviceNumber(device: string): bigint {
  const [major = "0", minor = "0"] = device.split(":");
  const [high, low] = [BigInt(major), BigInt(minor)];
  return (high & 0xfffn) << 8n | (high & ~0xfffn) << 32n | low & 0xffn | (low & ~0xffn) << 12n;
}
