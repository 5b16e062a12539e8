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
/** More is no frame of a scan: a path, a record and a text. */
const MAX_FRAME_BYTES = 16 * 1024 * 1024;

/** The frames of a message. */
export function encodeMessage(message: ScanMessage): Uint8Array {
  if (message.kind === "end") return frame(KIND.end, Buffer.from(JSON.stringify(message)));
  const found = Buffer.from(JSON.stringify({ items: message.items }));
  return Buffer.concat([...message.differences.map(encodeDifference), frame(KIND.found, found)]);
}

/** The frame that says why a scan failed. */
export function encodeFailure(reason: string): Uint8Array {
  return frame(KIND.failed, Buffer.from(reason));
}

function encodeDifference(difference: Difference): Uint8Array {
  const key = Buffer.from(difference.path);
  if (difference.kind === "missing") return frame(KIND.missing, key);
  const { data, text } = difference;
  const sizes = Buffer.alloc(8);
  sizes.writeUInt32LE(key.length, 0);
  sizes.writeUInt32LE(data.length, 4);
  const rest = text === undefined ? [] : [Buffer.of(1), text];
  return frame(KIND.put, sizes, key, data, ...rest);
}

function frame(kind: number, ...parts: readonly Uint8Array[]): Uint8Array {
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeUInt32LE(1 + parts.reduce((sum, { length }) => sum + length, 0), 0);
  header.writeUInt8(kind, 4);
  return Buffer.concat([header, ...parts]);
}

/**
 * Reads messages out of pieces of any size.
 *
 * @throws {Error} with the reason of a scan that failed, and for what is no frame
 */
export async function* decodeMessages(
  pieces: AsyncIterable<Uint8Array>,
): AsyncGenerator<ScanMessage> {
  let rest = Buffer.alloc(0);
  let differences: Difference[] = [];
  for await (const piece of pieces) {
    rest = rest.length === 0 ? Buffer.from(piece) : Buffer.concat([rest, piece]);
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
  const keyEnd = 8 + body.readUInt32LE(0);
  const dataEnd = keyEnd + body.readUInt32LE(4);
  return {
    kind: "put",
    path: body.toString("utf8", 8, keyEnd),
    data: new Uint8Array(body.subarray(keyEnd, dataEnd)),
    text: body.length > dataEnd ? new Uint8Array(body.subarray(dataEnd + 1)) : undefined,
  };
}

function messageIn(kind: number, body: Buffer, differences: readonly Difference[]): ScanMessage {
  const text = body.toString();
  if (kind === KIND.failed) throw new Error(text);
  if (kind === KIND.end) return JSON.parse(text) as ScanEnd;
  if (kind !== KIND.found) throw new Error(`The scan wrote a frame of an unknown kind: ${kind}`);
  return { kind: "found", differences, items: Number(JSON.parse(text).items) };
}
