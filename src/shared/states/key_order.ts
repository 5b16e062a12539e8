/**
 * Compares keys as SQLite does, by the bytes of their UTF-8, which is the order of code points. JavaScript's own order differs where
 * characters beyond U+FFFF meet others.
 *
 * @returns a negative number when `one` comes first, 0 when they are the same
 */
export function compareKeys(one: string, other: string): number {
  // Most that are compared are the same, which the engine sees at once.
  if (one === other) return 0;
  const shared = Math.min(one.length, other.length);
  for (let at = 0; at < shared; at++) {
    const [a, b] = [one.charCodeAt(at), other.charCodeAt(at)];
    if (a !== b) return rank(a) - rank(b);
  }
  return one.length - other.length;
}

/** Surrogates stand for code points above all others. */
function rank(unit: number): number {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit;
}
