/**
 * Writes systemd's journal export format, independently of what reads it.
 *
 * @module
 */

/** A field: its name and its value. */
export type Field = [name: string, value: Uint8Array];

/** Entries as `journalctl -o export` writes them: values with control characters with their length, the others as lines. */
export function exportOf(entries: readonly (readonly Field[])[]): Uint8Array<ArrayBuffer> {
  const parts = entries.flatMap((fields) => [...fields.flatMap(fieldBytes), ascii("\n")]);
  return new Uint8Array(parts.flatMap((part) => [...part]));
}

/** An entry with a place: the `number`-th of its sequence. */
export function placed(number: number, fields: Readonly<Record<string, string>>): Field[] {
  const realtimeUs = 1_764_000_000_000_000 + number * 1_000;
  const all = {
    __CURSOR: cursorOf(number),
    __REALTIME_TIMESTAMP: String(realtimeUs),
    __MONOTONIC_TIMESTAMP: String(number * 1_000),
    _BOOT_ID: "a".repeat(32),
    ...fields,
  };
  return Object.entries(all).map(([name, value]) => [name, new TextEncoder().encode(value)]);
}

/** The cursor of such an entry. */
export function cursorOf(number: number, sequence = "5".repeat(32)): string {
  const realtimeUs = 1_764_000_000_000_000 + number * 1_000;
  return `s=${sequence};i=${number.toString(16)};b=${"a".repeat(32)};m=${number.toString(16)};` +
    `t=${realtimeUs.toString(16)};x=${number.toString(16)}`;
}

function fieldBytes([name, value]: Field): Uint8Array[] {
  // As journalctl decides it: control characters but tabs, and what is not UTF-8, need a length.
  if (isPlain(value)) return [ascii(`${name}=`), value, ascii("\n")];
  const length = new Uint8Array(8);
  new DataView(length.buffer).setBigUint64(0, BigInt(value.length), true);
  return [ascii(`${name}\n`), length, value, ascii("\n")];
}

function isPlain(value: Uint8Array): boolean {
  if (value.some((byte) => (byte < 32 && byte !== 9) || byte === 127)) return false;
  try {
    new TextDecoder("utf-8", { fatal: true }).decode(value);
    return true;
  } catch {
    return false;
  }
}

function ascii(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
