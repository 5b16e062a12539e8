/**
 * Checksums of what is stored, so that a byte that the disk changed is noticed before it is sent.
 *
 * The lines of a chunk have one CRC-32 for every block of 4 KiB, kept beside them: where a block is wrong, the events in the others
 * are still known to be right. Small rows have one for all of their columns.
 *
 * @module
 */

import { crc32 } from "node:zlib";

/** Bytes that share a checksum. */
export const BLOCK_BYTES = 4_096;

/** What a chunk is besides its lines; part of every checksum, so that a changed number is noticed too. */
export interface ChunkNumbers {
  last_event: number;
  events: number;
}

/** The checksums of `lines`, 4 bytes a block, least significant byte first. */
export function blockChecksums(lines: Uint8Array, numbers: ChunkNumbers): Uint8Array {
  const blocks = Math.ceil(lines.length / BLOCK_BYTES);
  const checksums = new Uint8Array(blocks * 4);
  for (let block = 0, at = 0; block < blocks; block++) {
    const checksum = blockChecksum(lines, block, numbers);
    checksums[at++] = checksum;
    checksums[at++] = checksum >>> 8;
    checksums[at++] = checksum >>> 16;
    checksums[at++] = checksum >>> 24;
  }
  return checksums;
}

/** The blocks of `lines`, counted from 0, that are not what they were when `checksums` were made. */
export function damagedBlocks(
  lines: Uint8Array,
  checksums: Uint8Array,
  numbers: ChunkNumbers,
): number[] {
  const blocks = Math.max(Math.ceil(lines.length / BLOCK_BYTES), Math.ceil(checksums.length / 4));
  const stored = new DataView(checksums.buffer, checksums.byteOffset, checksums.length);
  const wrong: number[] = [];
  for (let block = 0; block < blocks; block++) {
    const isRight = block * 4 + 4 <= checksums.length &&
      stored.getUint32(block * 4, true) === blockChecksum(lines, block, numbers);
    if (!isRight) wrong.push(block);
  }
  return wrong;
}

/** True when no block is damaged; quick for the small chunks of which a queue may hold very many. */
export function isUndamaged(
  lines: Uint8Array,
  checksums: Uint8Array,
  numbers: ChunkNumbers,
): boolean {
  if (lines.length > BLOCK_BYTES || checksums.length !== 4) {
    return damagedBlocks(lines, checksums, numbers).length === 0;
  }
  const stored = (checksums[0] ?? 0) | ((checksums[1] ?? 0) << 8) | ((checksums[2] ?? 0) << 16) |
    ((checksums[3] ?? 0) << 24);
  return blockChecksum(lines, 0, numbers) === stored >>> 0;
}

/** The checksum of a row with these columns. */
export function rowChecksum(columns: readonly (string | number)[]): number {
  return crc32(columns.join("\0"));
}

function blockChecksum(lines: Uint8Array, block: number, { last_event, events }: ChunkNumbers) {
  const start = block * BLOCK_BYTES;
  const bytes = lines.length <= BLOCK_BYTES ? lines : lines.subarray(start, start + BLOCK_BYTES);
  return crc32(bytes, (last_event * 31 + events * 17 + block) % 2 ** 32);
}
