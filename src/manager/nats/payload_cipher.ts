/**
 * Encryption of documents: AES-256-GCM with a key from a file.
 *
 * With one key a nonce must never be used twice, and neither a restart nor a second manager with the
 * same key file may make that happen. So the key of the file encrypts nothing itself. A
 * {@linkcode PayloadCipher} derives a key of its own from it by HKDF-SHA-256 (RFC 5869) with 16
 * random bytes as salt, and counts its nonces up from 0. What is sent as `Agent-Nonce` is salt and
 * nonce, 28 bytes; whoever has the file derives the same key from them.
 *
 * @module
 */

import { readSecretLine } from "./secret_file.ts";

const KEY_BYTES = 32;
const SALT_BYTES = 16;
const NONCE_BYTES = 12;
const MAX_DERIVED_KEYS = 1_000;
const PURPOSE = new TextEncoder().encode("agent status document, AES-256-GCM");

/** An encrypted document. */
interface Encrypted {
  /** Salt and nonce, 28 bytes. */
  nonce: Uint8Array<ArrayBuffer>;
  /** The document's bytes encrypted, and 16 bytes of tag behind them. */
  ciphertext: Uint8Array<ArrayBuffer>;
}

/** Encrypts documents. */
export class PayloadCipher {
  readonly #salt = crypto.getRandomValues(new Uint8Array(SALT_BYTES));
  readonly #key: Promise<CryptoKey>;
  #nextNonce = 0n;

  /** @param secret of the key file */
  constructor(readonly keyId: string, secret: CryptoKey) {
    this.#key = deriveKey(secret, this.#salt, "encrypt");
  }

  /** Encrypts `plaintext`; it can be decrypted only along with the same `bound` bytes. */
  async encrypt(
    plaintext: Uint8Array<ArrayBuffer>,
    bound: Uint8Array<ArrayBuffer>,
  ): Promise<Encrypted> {
    const iv = nonceBytes(this.#nextNonce++);
    const parameters = { name: "AES-GCM", iv, additionalData: bound };
    const ciphertext = await crypto.subtle.encrypt(parameters, await this.#key, plaintext);
    const nonce = new Uint8Array([...this.#salt, ...iv]);
    return { nonce, ciphertext: new Uint8Array(ciphertext) };
  }
}

/** Decrypts documents, of any sender with the same key file. */
export class PayloadDecipher {
  readonly #secret: CryptoKey;
  /** By salt, the least recently derived first. */
  readonly #keys = new Map<string, Promise<CryptoKey>>();

  /** @param secret of the key file */
  constructor(secret: CryptoKey) {
    this.#secret = secret;
  }

  /** @throws Error when anything of it, or of `bound`, is not what was encrypted */
  async decrypt(
    { nonce, ciphertext }: Encrypted,
    bound: Uint8Array<ArrayBuffer>,
  ): Promise<Uint8Array<ArrayBuffer>> {
    if (nonce.length !== SALT_BYTES + NONCE_BYTES) throw new Error("the nonce is not 28 bytes");
    const key = await this.#derived(nonce.slice(0, SALT_BYTES));
    const parameters = { name: "AES-GCM", iv: nonce.slice(SALT_BYTES), additionalData: bound };
    return new Uint8Array(await crypto.subtle.decrypt(parameters, key, ciphertext));
  }

  #derived(salt: Uint8Array<ArrayBuffer>): Promise<CryptoKey> {
    const name = salt.toHex();
    const known = this.#keys.get(name);
    if (known !== undefined) return known;
    const oldest = this.#keys.keys().next().value;
    if (oldest !== undefined && this.#keys.size >= MAX_DERIVED_KEYS) this.#keys.delete(oldest);
    const key = deriveKey(this.#secret, salt, "decrypt");
    this.#keys.set(name, key);
    return key;
  }
}

/**
 * Reads the key of a file: 32 bytes, in base64 or hexadecimal, on its first line.
 *
 * @throws Error naming the file when it can't be read, is open to others, or holds something else
 */
export async function readEncryptionKey(path: string): Promise<CryptoKey> {
  const line = readSecretLine(path);
  const bytes = decoded(line);
  if (bytes?.length !== KEY_BYTES) {
    throw new Error(`Cannot use key file "${path}": it is not 32 bytes in base64 or hexadecimal`);
  }
  return await crypto.subtle.importKey("raw", bytes, "HKDF", false, ["deriveKey"]);
}

function decoded(line: string): Uint8Array<ArrayBuffer> | undefined {
  try {
    return /^[0-9A-Fa-f]{64}$/.test(line) ? Uint8Array.fromHex(line) : Uint8Array.fromBase64(line);
  } catch {
    return undefined;
  }
}

function deriveKey(
  secret: CryptoKey,
  salt: Uint8Array<ArrayBuffer>,
  usage: "encrypt" | "decrypt",
): Promise<CryptoKey> {
  const parameters = { name: "HKDF", hash: "SHA-256", salt, info: PURPOSE };
  return crypto.subtle.deriveKey(
    parameters,
    secret,
    { name: "AES-GCM", length: KEY_BYTES * 8 },
    false,
    [usage],
  );
}

/** The number as 12 bytes, the most significant first. */
function nonceBytes(number: bigint): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(NONCE_BYTES);
  new DataView(bytes.buffer).setBigUint64(NONCE_BYTES - 8, number);
  return bytes;
}
