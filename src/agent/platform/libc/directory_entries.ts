/**
 * The records of `getdents64(2)`: inode (8 bytes), offset (8), length of the record (2), type (1), name, a zero.
 *
 * @module
 */

/** What a name stands for, as far as the file system says it in passing. */
type EntryType =
  | "fifo"
  | "character_device"
  | "folder"
  | "block_device"
  | "file"
  | "link"
  | "socket"
  | "unknown";

/** A name in a folder. */
export interface DirectoryEntry {
  name: Uint8Array;
  type: EntryType;
}

const NAME_OFFSET = 19;
const DOT = 0x2e;
/** `DT_*` of `dirent.h`. */
const TYPES: Readonly<Record<number, EntryType>> = {
  1: "fifo",
  2: "character_device",
  4: "folder",
  6: "block_device",
  8: "file",
  10: "link",
  12: "socket",
};

/** Reads records, without `.` and `..`. The names are views of `bytes`. */
export function* parseEntries(bytes: Uint8Array): Generator<DirectoryEntry> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let start = 0; start + NAME_OFFSET < bytes.length;) {
    const end = start + view.getUint16(start + 16, true);
    const zero = bytes.indexOf(0, start + NAME_OFFSET);
    const name = bytes.subarray(start + NAME_OFFSET, zero);
    if (!isDots(name)) yield { name, type: TYPES[bytes[start + 18] ?? 0] ?? "unknown" };
    start = end;
  }
}

function isDots(name: Uint8Array): boolean {
  return name.length <= 2 && name.every((byte) => byte === DOT);
}
