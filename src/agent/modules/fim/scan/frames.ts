/**
 * What a scan says, as bytes from a child to the agent.
 *
 * A frame is its length (u32, little-endian, of what follows), its kind (u8), and:
 *
 *     1  put      u32 bytes of the key, u32 bytes of the record, key (UTF-8), record; the rest is text, after one byte, if there is any
 *     2  missing  key
 *     3  found    JSON {items}: differences before it belong together
 *     4  end      JSON
 *     5  failed   text: why
 *
 * @module
 */

import { Buffer } from "node:buffer";
import type { Difference } from "./comparison.ts";
import type { ScanEnd, ScanMessage } from "./scan_job.ts";

const KIND = { put: 1, missing: 2, found: 3, end: 4, failed: 5 } as const;
const HEADER_BYTES = 5;
/** Of key and record. */
const SIZES_BYTES = 8;
/** More is no frame of a scan: a path, a record and a text. */
const MAX_FRAME_BYTES = 16 * 1024 * 1024;

/** The frames of a message. */
export function encodeMessage(message: ScanMessage): Uint8Array {
  if (message.kind === "end") return frame(KIND.end, JSON.stringify(message));
  const { differences, items } = message;
  const found = frame(KIND.found, JSON.stringify({ items }));
  const writer = new FrameWriter(differences.reduce((sum, one) => sum + mostBytesOf(one), 0));
  for (const difference of differences) writer.add(difference);
  return Buffer.concat([writer.bytes(), found]);
}

/** The frame that says why a scan failed. */
export function encodeFailure(reason: string): Uint8Array {
  return frame(KIND.failed, reason);
}

function frame(kind: number, text: string): Uint8Array {
  const bytes = Buffer.from(text);
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeUInt32LE(1 + bytes.length, 0);
  header.writeUInt8(kind, 4);
  return Buffer.concat([header, bytes]);
}

/** A character takes three bytes at most for each unit of its text. */
function mostBytesOf(difference: Difference): number {
  const { path } = difference;
  const more = difference.kind === "missing"
    ? 0
    : difference.data.length + (difference.text?.length ?? 0);
  return HEADER_BYTES + SIZES_BYTES + 1 + 3 * path.length + more;
}

/** Writes frames of differences behind each other, into one piece of memory. */
class FrameWriter {
  readonly #buffer: Buffer;
  #at = 0;

  constructor(size: number) {
    this.#buffer = Buffer.allocUnsafe(size);
  }

  add(difference: Difference): void {
    const buffer = this.#buffer;
    const start = this.#at;
    const isPut = difference.kind === "put";
    this.#at += HEADER_BYTES + (isPut ? SIZES_BYTES : 0);
    const keyBytes = buffer.write(difference.path, this.#at);
    this.#at += keyBytes;
    if (isPut) {
      const { data, text } = difference;
      buffer.writeUInt32LE(keyBytes, start + HEADER_BYTES);
      buffer.writeUInt32LE(data.length, start + HEADER_BYTES + 4);
      this.#put(data);
      if (text !== undefined) this.#put(Uint8Array.of(1));
      if (text !== undefined) this.#put(text);
    }
    buffer.writeUInt32LE(this.#at - start - 4, start);
    buffer.writeUInt8(KIND[difference.kind], start + 4);
  }

  bytes(): Uint8Array {
    return this.#buffer.subarray(0, this.#at);
  }

  #put(bytes: Uint8Array): void {
    this.#buffer.set(bytes, this.#at);
    this.#at += bytes.length;
  }
}

/**
 * Reads messages out of pieces of any size.
 *
 * @throws {Error} with the reason of a scan that failed, and for what is no frame
 */
export async function* decodeMessages(
  pieces: AsyncIterable<Uint8Array>,
): AsyncGenerator<ScanMessage> {
  let rest: Buffer = Buffer.alloc(0);
  let differences: Difference[] = [];
  for await (const piece of pieces) {
    rest = rest.length === 0
      ? Buffer.from(piece.buffer, piece.byteOffset, piece.length)
      : Buffer.concat([rest, piece]);
    let at = 0;
    for (;;) {
      const size = sizeAt(rest, at);
      if (size === undefined) break;
      const end = at + 4 + size;
      const kind = rest.readUInt8(at + 4);
      const body = rest.subarray(at + HEADER_BYTES, end);
      at = end;
      if (kind === KIND.put || kind === KIND.missing) differences.push(differenceIn(kind, body));
      else {
        yield messageIn(kind, body, differences);
        differences = [];
      }
    }
    // What is kept over a piece is a copy: the pieces are large.
    rest = Buffer.from(rest.subarray(at));
  }
}

/** The size of the frame at `at`; `undefined` when it is not there as a whole. */
function sizeAt(bytes: Buffer, at: number): number | undefined {
  if (bytes.length < at + HEADER_BYTES) return undefined;
  const size = bytes.readUInt32LE(at);
  if (size === 0 || size > MAX_FRAME_BYTES) throw new Error("The scan wrote what is no frame");
  return bytes.length < at + 4 + size ? undefined : size;
}

function differenceIn(kind: number, body: Buffer): Difference {
  if (kind === KIND.missing) return { kind: "missing", path: body.toString() };
  const keyEnd = SIZES_BYTES + body.readUInt32LE(0);
  const dataEnd = keyEnd + body.readUInt32LE(4);
  return {
    kind: "put",
    path: body.toString("utf8", SIZES_BYTES, keyEnd),
    data: viewOf(body, keyEnd, dataEnd),
    text: body.length > dataEnd ? viewOf(body, dataEnd + 1, body.length) : undefined,
  };
}

/** Not copied: it goes into the database before long. */
function viewOf({ buffer, byteOffset }: Buffer, start: number, end: number): Uint8Array {
  return new Uint8Array(buffer, byteOffset + start, end - start);
}

function messageIn(kind: number, body: Buffer, differences: readonly Difference[]): ScanMessage {
  const text = body.toString();
  if (kind === KIND.failed) throw new Error(text);
  if (kind === KIND.end) return JSON.parse(text) as ScanEnd;
  if (kind !== KIND.found) throw new Error(`The scan wrote a frame of an unknown kind: ${kind}`);
  return { kind: "found", differences, items: Number(JSON.parse(text).items) };
}
