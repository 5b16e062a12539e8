/**
 * `struct statx` of `linux/stat.h`, which is the same on every architecture.
 *
 * @module
 */

/** What a file is. Times are nanoseconds since 1970. */
export interface FileStatus {
  /** Type and permissions, as `st_mode`. */
  mode: number;
  uid: number;
  gid: number;
  links: number;
  inode: bigint;
  size: number;
  modifiedNs: bigint;
  changedNs: bigint;
  /** `major:minor` of the device that the file lies on. */
  device: string;
  /** Number of the mount, as in `/proc/self/mountinfo`; 0 on kernels before 5.8. */
  mount: bigint;
  /** Flags that the file system keeps of the file, of those that matter. */
  attributes: { immutable: boolean; append: boolean };
}

/** Size of the structure. */
export const STATX_BYTES = 256;

const STATX_MNT_ID = 0x1000;
const ATTRIBUTE_IMMUTABLE = 0x10;
const ATTRIBUTE_APPEND = 0x20;
const NS_PER_S = 1_000_000_000n;

/** Reads the structure. */
export function parseStatx(view: DataView): FileStatus {
  const attributes = u32(view, 8);
  return {
    mode: view.getUint16(28, true),
    uid: u32(view, 20),
    gid: u32(view, 24),
    links: u32(view, 16),
    inode: view.getBigUint64(32, true),
    size: Number(view.getBigUint64(40, true)),
    modifiedNs: nanoseconds(view, 112),
    changedNs: nanoseconds(view, 96),
    device: `${u32(view, 136)}:${u32(view, 140)}`,
    mount: (u32(view, 0) & STATX_MNT_ID) === 0 ? 0n : view.getBigUint64(144, true),
    attributes: {
      immutable: (attributes & ATTRIBUTE_IMMUTABLE) !== 0,
      append: (attributes & ATTRIBUTE_APPEND) !== 0,
    },
  };
}

function u32(view: DataView, offset: number): number {
  return view.getUint32(offset, true);
}

/** `struct statx_timestamp`: seconds (i64), nanoseconds (u32). */
function nanoseconds(view: DataView, offset: number): bigint {
  return view.getBigInt64(offset, true) * NS_PER_S + BigInt(u32(view, offset + 8));
}
