/**
 * A header of the database of rpm, as it lies in the table `Packages` of `rpmdb.sqlite`: the number of index entries, the number of bytes of
 * data, 16 bytes an entry (tag, type, offset, count), the data; all numbers big-endian. See "RPM Package File Format" of rpm.
 *
 * @module
 */

import { isoOfSeconds, type Package } from "../packages/package.ts";
import { FormatError } from "./format_error.ts";

const TAG = {
  name: 1000,
  version: 1001,
  release: 1002,
  epoch: 1003,
  summary: 1004,
  installTime: 1008,
  size: 1009,
  vendor: 1011,
  group: 1016,
  architecture: 1022,
  sourceRpm: 1044,
  longSize: 5009,
} as const;

const ENTRY_BYTES = 16;
const INT32 = 4;
const INT64 = 5;
const TEXTS: readonly number[] = [6, 8, 9];
const WANTED: ReadonlySet<number> = new Set(Object.values(TAG));
/** A key that was imported is stored as a package. */
const KEY_PACKAGE = "gpg-pubkey";

const decoder = new TextDecoder();

/**
 * Reads a header.
 *
 * @returns `undefined` for what is no package: a key
 * @throws {FormatError}
 */
export function parseRpmHeader(blob: Uint8Array): Package | undefined {
  const values = readTags(blob);
  const text = (tag: number) => {
    const value = values.get(tag);
    return typeof value === "string" && value !== "" ? value : undefined;
  };
  const number = (tag: number) => {
    const value = values.get(tag);
    return typeof value === "number" ? value : undefined;
  };
  const name = text(TAG.name);
  const version = text(TAG.version);
  if (name === undefined || version === undefined) {
    throw new FormatError("an rpm header has no name or no version");
  }
  if (name === KEY_PACKAGE) return undefined;
  return {
    type: "rpm",
    name,
    version: rpmVersion({ version, epoch: number(TAG.epoch), release: text(TAG.release) }),
    architecture: text(TAG.architecture),
    description: text(TAG.summary),
    installed: isoOfSeconds(number(TAG.installTime)),
    size: number(TAG.longSize) ?? number(TAG.size),
    category: text(TAG.group),
    source: text(TAG.sourceRpm),
    vendor: text(TAG.vendor),
  };
}

/** `epoch:version-release`; an epoch of 0 is the same as none. */
export function rpmVersion({ version, epoch, release }: {
  version: string;
  epoch?: number | undefined;
  release?: string | undefined;
}): string {
  const before = epoch === undefined || epoch === 0 ? "" : `${epoch}:`;
  return `${before}${version}${release === undefined ? "" : `-${release}`}`;
}

function readTags(blob: Uint8Array): Map<number, string | number> {
  const view = new DataView(blob.buffer, blob.byteOffset, blob.byteLength);
  if (blob.length < 8) throw new FormatError("an rpm header ends before its index");
  const [entries, bytes] = [view.getUint32(0), view.getUint32(4)];
  const dataAt = 8 + entries * ENTRY_BYTES;
  if (dataAt + bytes > blob.length) throw new FormatError("an rpm header is cut");
  const values = new Map<number, string | number>();
  for (let entry = 0; entry < entries; entry++) {
    const at = 8 + entry * ENTRY_BYTES;
    const tag = view.getUint32(at);
    if (!WANTED.has(tag)) continue;
    const offset = view.getUint32(at + 8);
    if (offset >= bytes) throw new FormatError(`tag ${tag} of an rpm header lies outside of it`);
    const value = valueAt(view, { at: dataAt + offset, type: view.getUint32(at + 4) });
    if (value !== undefined) values.set(tag, value);
  }
  return values;
}

function valueAt(
  view: DataView,
  { at, type }: { at: number; type: number },
): string | number | undefined {
  const room = view.byteLength - at;
  if (type === INT32) return room < 4 ? undefined : view.getUint32(at);
  if (type === INT64) return room < 8 ? undefined : Number(view.getBigUint64(at));
  if (!TEXTS.includes(type)) return undefined;
  const bytes = new Uint8Array(view.buffer, view.byteOffset + at, room);
  const end = bytes.indexOf(0);
  return decoder.decode(end < 0 ? bytes : bytes.subarray(0, end));
}
