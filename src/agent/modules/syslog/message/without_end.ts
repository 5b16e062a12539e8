const LF = 0x0a;
const CR = 0x0d;
const NUL = 0x00;

/** A message without what ends it in the habits of some: newline, carriage return, zero byte. */
export function withoutEnd(bytes: Uint8Array): Uint8Array {
  let end = bytes.length;
  while (end > 0 && isEnd(bytes[end - 1])) end--;
  return bytes.subarray(0, end);
}

function isEnd(byte: number | undefined): boolean {
  return byte === LF || byte === CR || byte === NUL;
}
