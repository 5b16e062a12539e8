/**
 * `text` if it is no longer than `maxBytes` as UTF-8; else its beginning and a mark that says how long it was, together no longer
 * than that.
 */
export function boundText(text: string, maxBytes: number): string {
  const bytes = byteLength(text);
  if (bytes <= maxBytes) return text;
  const mark = ` [cut: ${bytes} bytes]`;
  const room = new Uint8Array(Math.max(0, maxBytes - mark.length));
  return text.slice(0, new TextEncoder().encodeInto(text, room).read) + mark;
}

/** Length as UTF-8. */
export function byteLength(text: string): number {
  return new TextEncoder().encode(text).length;
}
