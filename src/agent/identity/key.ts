/**
 * The key that an agent proves itself with: 32 characters of `[A-Za-z0-9]`, about 190 bits.
 *
 * @module
 */

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
const LENGTH = 32;
/**
 * Bytes from here on are thrown away: 256 is no multiple of 62, and some characters would come up
 * more often.
 */
const FAIR_BYTES = 256 - 256 % ALPHABET.length;

/** Makes a key. `fill` fills an array with random bytes. */
export function createKey(
  fill: (bytes: Uint8Array<ArrayBuffer>) => unknown = (bytes) => crypto.getRandomValues(bytes),
): string {
  let key = "";
  const bytes = new Uint8Array(LENGTH);
  while (key.length < LENGTH) {
    fill(bytes);
    for (const byte of bytes) {
      if (byte < FAIR_BYTES && key.length < LENGTH) key += ALPHABET.charAt(byte % ALPHABET.length);
    }
  }
  return key;
}

/** Whether `text` has the form of a key. */
export function isKey(text: string): boolean {
  return /^[A-Za-z0-9]{32}$/.test(text);
}
