/**
 * Keys that sign messages and check signatures: Ed25519 (RFC 8032) in PEM files, as
 * `openssl genpkey -algorithm ed25519` and `openssl pkey -pubout` write them.
 *
 * @module
 */

import { createHash, createPrivateKey, createPublicKey, type KeyObject } from "node:crypto";
import { whyUnusable } from "./file_trouble.ts";
import { readSecretFile } from "./secret_file.ts";

const ALGORITHM = "Ed25519";
const FINGERPRINT_DIGITS = 16;

/** Signs. */
export interface SigningKey {
  id: string;
  sign(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>>;
}

/** Checks signatures. */
export interface VerifyingKey {
  id: string;
  verify(signature: Uint8Array<ArrayBuffer>, bytes: Uint8Array<ArrayBuffer>): Promise<boolean>;
}

/**
 * Reads a private key.
 *
 * @param keyId without it the key's fingerprint
 * @throws Error naming the file when it can't be read, is open to others, or holds something else
 */
export async function readSigningKey(path: string, keyId?: string): Promise<SigningKey> {
  const pem = readSecretFile(path);
  const key = parsed(path, "a private Ed25519 key (PEM)", () => createPrivateKey(pem));
  const pkcs8 = Uint8Array.from(key.export({ format: "der", type: "pkcs8" }));
  const signer = await crypto.subtle.importKey("pkcs8", pkcs8, ALGORITHM, false, ["sign"]);
  return {
    id: keyId ?? fingerprint(publicDer(createPublicKey(pem))),
    sign: async (bytes) => new Uint8Array(await crypto.subtle.sign(ALGORITHM, signer, bytes)),
  };
}

/**
 * Reads a public key.
 *
 * @param keyId without it the key's fingerprint
 * @throws Error naming the file when it can't be read or holds something else
 */
export async function readVerifyingKey(path: string, keyId?: string): Promise<VerifyingKey> {
  const key = parsed(
    path,
    "a public Ed25519 key (PEM)",
    () => createPublicKey(Deno.readTextFileSync(path)),
  );
  const der = publicDer(key);
  const verifier = await crypto.subtle.importKey("spki", der, ALGORITHM, false, ["verify"]);
  return {
    id: keyId ?? fingerprint(der),
    verify: (signature, bytes) => crypto.subtle.verify(ALGORITHM, verifier, signature, bytes),
  };
}

function parsed(path: string, wanted: string, read: () => KeyObject): KeyObject {
  try {
    const key = read();
    if (key.asymmetricKeyType === "ed25519") return key;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) {
      throw new Error(`Cannot read "${path}": ${whyUnusable(error)}`);
    }
    // What the parser says could quote a key, and helps nobody.
  }
  throw new Error(`Cannot use key file "${path}": it is not ${wanted}`);
}

function publicDer(key: KeyObject): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(key.export({ format: "der", type: "spki" }));
}

function fingerprint(der: Uint8Array): string {
  return createHash("sha256").update(der).digest("hex").slice(0, FINGERPRINT_DIGITS);
}
