/**
 * Decodes the record of a row. Format: https://www.sqlite.org/fileformat2.html#record_format
 *
 * @module
 */

/** A value as SQLite stores it. */
export type SqlValue = null | number | bigint | string | Uint8Array;

/**
 * Reads a number of one to nine bytes.
 *
 * @throws {RangeError} when the bytes end before it does
 */
export function readVarint(bytes: Uint8Array, at: number): { value: number; end: number } {
  let value = 0n;
  for (let n = 0; n < 9; n++) {
    const byte = bytes[at + n];
    if (byte === undefined) throw new RangeError("Varint is cut off");
    if (n === 8) {
      return { value: Number(BigInt.asIntN(64, (value << 8n) | BigInt(byte))), end: at + 9 };
    }
    value = (value << 7n) | BigInt(byte & 0x7f);
    if (byte < 0x80) return { value: Number(value), end: at + n + 1 };
  }
  throw new RangeError("Varint is too long");
}

/** The columns of a record; `undefined` when it contradicts itself. */
export function decodeRecord(payload: Uint8Array): SqlValue[] | undefined {
  const header = readVarint(payload, 0);
  if (header.value > payload.length) return undefined;
  const types: number[] = [];
  for (let at = header.end; at < header.value;) {
    const type = readVarint(payload, at);
    types.push(type.value);
    at = type.end;
  }
  let at = header.value;
  const values: SqlValue[] = [];
  for (const type of types) {
    const bytes = sizeOf(type);
    if (bytes === undefined || at + bytes > payload.length) return undefined;
    values.push(decodeValue(type, payload.subarray(at, at + bytes)));
    at += bytes;
  }
  return at === payload.length ? values : undefined;
}

const INTEGER_BYTES = [0, 1, 2, 3, 4, 6, 8];

function sizeOf(type: number): number | undefined {
  if (type < 0 || type === 10 || type === 11) return undefined;
  if (type <= 6) return INTEGER_BYTES[type];
  if (type === 7) return 8;
  return type < 12 ? 0 : (type - 12) >> 1;
}

function decodeValue(type: number, bytes: Uint8Array): SqlValue {
  if (type === 0) return null;
  if (type === 7) return new DataView(bytes.buffer, bytes.byteOffset).getFloat64(0);
  if (type === 8 || type === 9) return type - 8;
  if (type < 7) return decodeInteger(bytes);
  return type % 2 === 0 ? bytes : new TextDecoder().decode(bytes);
}

function decodeInteger(bytes: Uint8Array): number | bigint {
  let value = 0n;
  for (const byte of bytes) value = (value << 8n) | BigInt(byte);
  value = BigInt.asIntN(bytes.length * 8, value);
  return Number.isSafeInteger(Number(value)) ? Number(value) : value;
}
