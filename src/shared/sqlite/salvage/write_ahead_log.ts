/**
 * Reads a write-ahead log without SQLite, which stops at the first frame whose checksum is wrong and never says so: all commits behind it are
 * gone without a word.
 *
 * Each frame's checksum goes on from that of the frame before, so a frame can be checked with what its predecessor says of itself,
 * although that one is damaged. Format: https://www.sqlite.org/fileformat2.html#the_write_ahead_log
 *
 * @module
 */

import { readFileSync } from "node:fs";

/** Size of every page: SQLite's default, which nobody here changes. */
export const PAGE_BYTES = 4_096;

const HEADER_BYTES = 32;
const FRAME_HEADER_BYTES = 24;
const FRAME_BYTES = FRAME_HEADER_BYTES + PAGE_BYTES;
const MAGIC = 0x377f0682;

/** Offsets in the log's index (`-shm`), in the byte order of the machine. */
const INDEX = { isInitialised: 12, frames: 16, salts: 32, checkpointed: 96, bytes: 100 } as const;

/** What a log holds. */
export interface LogContents {
  /** Newest committed content of each page, by its number. */
  pages: ReadonlyMap<number, Uint8Array>;
  /** Pages of the database after the last commit; `undefined` when there is none in the log. */
  pageCount: number | undefined;
  /** Says which committed pages are not what they were; SQLite would ignore all commits from there on. */
  damage: string | undefined;
  /** Says which commits are known to be gone from its end. */
  missing: string | undefined;
}

interface Frame {
  page: number;
  /** Pages of the database when this frame ends a commit, otherwise 0. */
  pageCount: number;
  content: Uint8Array;
  isRight: boolean;
}

/** Reads the log of the database at `path`. Changes nothing. */
export function readLog(path: string): LogContents {
  const log = readIfThere(`${path}-wal`);
  const frames = [...framesOf(log)];
  const lastCommit = frames.findLastIndex(({ isRight, pageCount }) => isRight && pageCount > 0);
  const committed = frames.slice(0, lastCommit + 1);
  const wrong = committed.filter(({ isRight }) => !isRight).length;
  return {
    pages: new Map(committed.map(({ page, content }) => [page, content])),
    pageCount: committed.at(-1)?.pageCount,
    damage: wrong > 0 ? `${wrong} pages in the write-ahead log are damaged` : undefined,
    missing: missingByIndex(path, { log, frames: committed.length }),
  };
}

function* framesOf(log: Uint8Array): Generator<Frame> {
  if (log.length < HEADER_BYTES) return;
  const view = new DataView(log.buffer, log.byteOffset, log.byteLength);
  const magic = view.getUint32(0);
  if ((magic & ~1) >>> 0 !== MAGIC || view.getUint32(8) !== PAGE_BYTES) return;
  const isLittleEndian = (magic & 1) === 0;
  let before: Checksum = [view.getUint32(24), view.getUint32(28)];
  for (let at = HEADER_BYTES; at + FRAME_BYTES <= log.length; at += FRAME_BYTES) {
    const isOfThisLog = view.getUint32(at + 8) === view.getUint32(16) &&
      view.getUint32(at + 12) === view.getUint32(20);
    const stored: Checksum = [view.getUint32(at + 16), view.getUint32(at + 20)];
    const content = log.subarray(at + FRAME_HEADER_BYTES, at + FRAME_BYTES);
    const sum = checksum(
      checksum(before, log.subarray(at, at + 8), isLittleEndian),
      content,
      isLittleEndian,
    );
    const isRight = isOfThisLog && sum[0] === stored[0] && sum[1] === stored[1];
    yield { page: view.getUint32(at), pageCount: view.getUint32(at + 4), content, isRight };
    before = stored;
  }
}

type Checksum = readonly [number, number];

function checksum([first, second]: Checksum, bytes: Uint8Array, isLittleEndian: boolean): Checksum {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 0; at < bytes.length; at += 8) {
    first = (first + view.getUint32(at, isLittleEndian) + second) >>> 0;
    second = (second + view.getUint32(at + 4, isLittleEndian) + first) >>> 0;
  }
  return [first, second];
}

/** The index survives a killed process: it knows how many frames were committed, whatever became of the log. */
function missingByIndex(
  path: string,
  { log, frames }: { log: Uint8Array; frames: number },
): string | undefined {
  const index = readIfThere(`${path}-shm`);
  if (index.length < INDEX.bytes || index[INDEX.isInitialised] !== 1) return undefined;
  const view = new DataView(index.buffer, index.byteOffset, index.byteLength);
  const hasHeader = log.length >= HEADER_BYTES &&
    log.subarray(0, HEADER_BYTES).some((byte) => byte);
  const salts = index.subarray(INDEX.salts, INDEX.salts + 8);
  if (hasHeader && !salts.every((byte, n) => byte === log[16 + n])) return undefined;
  const committed = view.getUint32(INDEX.frames, true);
  const readable = Math.max(frames, view.getUint32(INDEX.checkpointed, true));
  if (committed <= readable) return undefined;
  return `${committed - readable} of the newest pages are missing from the write-ahead log`;
}

function readIfThere(path: string): Uint8Array {
  try {
    return readFileSync(path);
  } catch {
    return new Uint8Array();
  }
}
