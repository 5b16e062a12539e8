/**
 * `/var/log/lastlog`, see lastlog(8): a record of 292 bytes for each user number.
 *
 * @module
 */

const RECORD_BYTES = 292;
const LINE_BYTES = 32;

/** A last log-in. */
export interface LastLogin {
  /** ISO 8601. */
  at: string;
  tty: string | undefined;
  /** Name or address that it came from. */
  host: string | undefined;
}

/** Where the record of a user lies, in bytes. */
export function lastLoginPlace(uid: number): { offset: number; length: number } {
  return { offset: uid * RECORD_BYTES, length: RECORD_BYTES };
}

/** Reads a record; `undefined` for a user who never logged in, or half a record. */
export function parseLastLogin(record: Uint8Array): LastLogin | undefined {
  if (record.length < RECORD_BYTES) return undefined;
  const seconds = new DataView(record.buffer, record.byteOffset).getUint32(0, true);
  if (seconds === 0) return undefined;
  const text = (from: number, to: number) => {
    const bytes = record.subarray(from, to);
    const end = bytes.indexOf(0);
    return new TextDecoder().decode(end < 0 ? bytes : bytes.subarray(0, end)) || undefined;
  };
  return {
    at: new Date(seconds * 1_000).toISOString(),
    tty: text(4, 4 + LINE_BYTES),
    host: text(4 + LINE_BYTES, RECORD_BYTES),
  };
}
