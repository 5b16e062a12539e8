/**
 * Headers of rpm, made for tests.
 *
 * @module
 */

import { Buffer } from "node:buffer";

/** What a header says. */
export interface RpmHeader {
  name: string;
  version: string;
  release: string;
  epoch?: number;
  summary?: string;
  installTime?: number;
  size?: number;
  vendor?: string;
  architecture?: string;
}

const TAGS: Record<keyof RpmHeader, number> = {
  name: 1000,
  version: 1001,
  release: 1002,
  epoch: 1003,
  summary: 1004,
  installTime: 1008,
  size: 1009,
  vendor: 1011,
  architecture: 1022,
};
const INT32 = 4;
const TEXT = 6;

/** The bytes of a header, as rpm stores it. */
export function rpmHeader(header: RpmHeader): Uint8Array {
  const index: Buffer[] = [];
  const data: Buffer[] = [];
  let offset = 0;
  for (const [name, value] of Object.entries(header)) {
    const bytes = typeof value === "number" ? uint32(value) : Buffer.from(`${value}\0`);
    const tag = TAGS[name as keyof RpmHeader];
    index.push(entry({ tag, type: typeof value === "number" ? INT32 : TEXT, offset }));
    data.push(bytes);
    offset += bytes.length;
  }
  return Uint8Array.from(Buffer.concat([uint32(index.length), uint32(offset), ...index, ...data]));
}

function entry({ tag, type, offset }: { tag: number; type: number; offset: number }): Buffer {
  return Buffer.concat([tag, type, offset, 1].map(uint32));
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}
