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

/** The last log-in of the user with the number `uid`. */
export function lastLoginOf(records: Uint8Array, uid: number): LastLogin | undefined {
  const at = uid * RECORD_BYTES;
  if (at + RECORD_BYTES > records.length) return undefined;
  const view = new DataView(records.buffer, records.byteOffset + at, RECORD_BYTES);
  const seconds = view.getUint32(0, true);
  if (seconds === 0) return undefined;
  const text = (from: number, to: number) => {
    const bytes = records.subarray(at + from, at + to);
    const end = bytes.indexOf(0);
    return new TextDecoder().decode(end < 0 ? bytes : bytes.subarray(0, end)) || undefined;
  };
  return {
    at: new Date(seconds * 1_000).toISOString(),
    tty: text(4, 4 + LINE_BYTES),
    host: text(4 + LINE_BYTES, RECORD_BYTES),
  };
}
