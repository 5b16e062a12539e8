import {
  type PackedRecord,
  RecordPacker,
} from "../../../../../src/agent/modules/fim/record/record_codec.ts";
import type { FileStatus } from "../../../../../src/agent/platform/libc/file_status.ts";

/** The status of a file of 6 bytes that root owns. */
export function status(members: Partial<FileStatus> = {}): FileStatus {
  return {
    mode: 0o100644,
    uid: 0,
    gid: 0,
    links: 1,
    inode: 4711n,
    size: 6,
    modifiedNs: 1_795_000_000_123_456_789n,
    changedNs: 1_795_000_000_223_456_789n,
    device: "254:0",
    mount: 0n,
    attributes: { immutable: false, append: false },
    ...members,
  };
}

/** Its record. */
export function record(members: Partial<PackedRecord> = {}): PackedRecord {
  return {
    status: status(),
    owner: "root",
    group: "root",
    target: null,
    hashes: { sha256: new Uint8Array(32).fill(7) },
    readAtS: 1_795_000_100,
    isRacy: false,
    schema: "6.0",
    ...members,
  };
}

/** A record as it is stored. */
export function packRecord(one: PackedRecord): Uint8Array {
  return new RecordPacker().pack(one);
}
