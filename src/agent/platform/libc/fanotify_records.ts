/**
 * Records of `fanotify(7)` with `FAN_REPORT_DFID_NAME`: 24 bytes of metadata, then information records of which one holds the id of the
 * file system (8 bytes), a file handle, and a name with a zero behind it.
 *
 * @module
 */

/** An event as the kernel writes it. */
export interface FanotifyRecord {
  mask: number;
  pid: number;
  /** Hex. */
  fileSystem: string;
  /** Of the folder, as `open_by_handle_at` takes it. */
  handle: Uint8Array<ArrayBuffer> | undefined;
  name: Uint8Array;
}

const METADATA_BYTES = 24;
const INFO_HEADER_BYTES = 4;
const FSID_BYTES = 8;
/** `handle_bytes` and `handle_type`. */
const HANDLE_HEADER_BYTES = 8;
/** `FAN_EVENT_INFO_TYPE_DFID_NAME` and `FAN_EVENT_INFO_TYPE_DFID`. */
const WITH_FOLDER: ReadonlySet<number> = new Set([2, 3]);

/** Reads records. */
export function* parseFanotify(bytes: Uint8Array<ArrayBuffer>): Generator<FanotifyRecord> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let start = 0; start + METADATA_BYTES <= bytes.length;) {
    const length = view.getUint32(start, true);
    if (length < METADATA_BYTES) return;
    const mask = Number(view.getBigUint64(start + 8, true));
    const pid = view.getInt32(start + 20, true);
    const record = bytes.subarray(start, start + length);
    yield { mask, pid, ...folderIn(record, view.getUint16(start + 6, true)) };
    start += length;
  }
}

function folderIn(
  record: Uint8Array<ArrayBuffer>,
  metadataBytes: number,
): Omit<FanotifyRecord, "mask" | "pid"> {
  const view = new DataView(record.buffer, record.byteOffset, record.byteLength);
  for (let start = metadataBytes; start + INFO_HEADER_BYTES <= record.length;) {
    const length = view.getUint16(start + 2, true);
    if (length < INFO_HEADER_BYTES) break;
    if (WITH_FOLDER.has(record[start] ?? 0)) {
      return readInfo(record.subarray(start + INFO_HEADER_BYTES, start + length));
    }
    start += length;
  }
  return { fileSystem: "", handle: undefined, name: new Uint8Array() };
}

function readInfo(info: Uint8Array<ArrayBuffer>): Omit<FanotifyRecord, "mask" | "pid"> {
  const view = new DataView(info.buffer, info.byteOffset, info.byteLength);
  const handleEnd = FSID_BYTES + HANDLE_HEADER_BYTES + view.getUint32(FSID_BYTES, true);
  const zero = info.indexOf(0, handleEnd);
  return {
    fileSystem: info.subarray(0, FSID_BYTES).toHex(),
    handle: info.slice(FSID_BYTES, handleEnd),
    name: info.subarray(handleEnd, zero === -1 ? info.length : zero),
  };
}
