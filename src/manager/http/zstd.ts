/**
 * Decompressing Zstandard (RFC 8878).
 *
 * `zstdDecompress` of `node:zlib` takes a frame that breaks off for a shorter one, and leaves out every frame but the first: a body
 * that was cut on its way would be a smaller one without a word. So the frames are found here first, and only whole ones are
 * decompressed.
 *
 * @module
 */

import { promisify } from "node:util";
import { zstdDecompress } from "node:zlib";

const FRAME_MAGIC = 0xfd2fb528;
/** The last four bits are anything: frames that hold data of somebody else, to be skipped. */
const SKIPPABLE_MAGIC = 0x184d2a50;
const MAGIC_BYTES = 4;
const BLOCK_HEADER_BYTES = 3;
const RLE_BLOCK = 1;
const RESERVED_BLOCK = 3;
const CHECKSUM_BYTES = 4;
/** By the two bits of the frame header that say so. */
const DICTIONARY_ID_BYTES = [0, 1, 2, 4];
const CONTENT_SIZE_BYTES = [0, 2, 4, 8];

const decompressFrame = promisify(zstdDecompress);

/**
 * What was compressed.
 *
 * @throws RangeError when that is more than `maxBytes`, Error when `bytes` are not whole frames
 */
export async function unzstd(bytes: Uint8Array, maxBytes: number): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let left = maxBytes;
  for (const frame of framesOf(bytes)) {
    // The bound of the library cannot be 0; one byte too many is found below.
    const part = await decompressFrame(frame, { maxOutputLength: Math.max(1, left) });
    left -= part.length;
    if (left < 0) throw new RangeError(`More than ${maxBytes} bytes`);
    parts.push(part);
  }
  return new Uint8Array(await new Blob(parts as BlobPart[]).arrayBuffer());
}

function framesOf(bytes: Uint8Array): Uint8Array[] {
  try {
    return wholeFrames(bytes);
  } catch (error) {
    // A read past the end is a RangeError, which means something else to the caller.
    throw new Error("Not whole Zstandard frames", { cause: error });
  }
}

/** The frames with content; the skippable ones are left out. */
function wholeFrames(bytes: Uint8Array): Uint8Array[] {
  if (bytes.length === 0) throw new Error("Empty");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const frames: Uint8Array[] = [];
  for (let start = 0; start < bytes.length;) {
    const magic = view.getUint32(start, true);
    const isSkippable = (magic & ~0xf) >>> 0 === SKIPPABLE_MAGIC;
    const end = isSkippable ? skippableEnd(view, start) : frameEnd(view, start);
    if (end > bytes.length) throw new Error("Frame breaks off");
    if (!isSkippable) frames.push(bytes.subarray(start, end));
    start = end;
  }
  return frames;
}

function skippableEnd(view: DataView, start: number): number {
  return start + 2 * MAGIC_BYTES + view.getUint32(start + MAGIC_BYTES, true);
}

function frameEnd(view: DataView, start: number): number {
  if (view.getUint32(start, true) !== FRAME_MAGIC) throw new Error("Not a frame");
  const descriptor = view.getUint8(start + MAGIC_BYTES);
  let at = start + MAGIC_BYTES + headerBytes(descriptor);
  for (let isLast = false; !isLast;) {
    const header = view.getUint16(at, true) | view.getUint8(at + 2) << 16;
    isLast = (header & 1) === 1;
    const type = header >> 1 & 3;
    if (type === RESERVED_BLOCK) throw new Error("Reserved block type");
    at += BLOCK_HEADER_BYTES + (type === RLE_BLOCK ? 1 : header >> 3);
  }
  return at + ((descriptor & 4) === 0 ? 0 : CHECKSUM_BYTES);
}

/** Bytes from the descriptor to the first block. */
function headerBytes(descriptor: number): number {
  const isSingleSegment = (descriptor & 0x20) !== 0;
  const sizeFlag = descriptor >> 6;
  const contentSize = sizeFlag === 0 && isSingleSegment ? 1 : CONTENT_SIZE_BYTES[sizeFlag] ?? 0;
  const window = isSingleSegment ? 0 : 1;
  return 1 + window + (DICTIONARY_ID_BYTES[descriptor & 3] ?? 0) + contentSize;
}
