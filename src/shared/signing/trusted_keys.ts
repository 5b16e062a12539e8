/**
 * The public keys whose signatures this machine believes: Ed25519 in PEM, one or several in a file, or a folder of such files.
 *
 * They are read whenever they are needed, so that a key that was taken away counts no more at once.
 *
 * @module
 */

import { createPublicKey, type KeyObject, verify } from "node:crypto";
import { join } from "node:path";
import { AgentError, messageOf } from "../errors.ts";
import { fingerprint, keyIdOf } from "./key_id.ts";

/** A key and where it stands. */
export interface TrustedKey {
  /** The first 16 digits of the fingerprint. */
  id: string;
  /** SHA-256 of the key (SPKI, DER) in hexadecimal digits. */
  fingerprint: string;
  file: string;
  key: KeyObject;
}

const BLOCK = /-----BEGIN PUBLIC KEY-----[\s\S]*?-----END PUBLIC KEY-----/g;
const NAME = /\.(?:pem|pub)$/;
const MOST_FILES = 64;
const MOST_BYTES = 65_536;
const OTHERS_MAY_WRITE = 0o022;

/**
 * The keys at `path`, a file or a folder; in the order of the files' names.
 *
 * @throws {AgentError} `failed` when one cannot be read, holds no such key, or may be changed by others
 */
export function readTrustedKeys(path: string): TrustedKey[] {
  try {
    return filesAt(path).flatMap(keysIn);
  } catch (error) {
    if (error instanceof AgentError) throw error;
    throw unusable(path, messageOf(error));
  }
}

/** Whether `signature` (base64) of `bytes` was made with `key`. */
export function isSignedBy(
  { key }: Pick<TrustedKey, "key">,
  bytes: Uint8Array,
  signature: string,
): boolean {
  return verify(null, bytes, key, Uint8Array.fromBase64(signature));
}

function filesAt(path: string): string[] {
  if (!Deno.statSync(path).isDirectory) return [path];
  // Who may write the folder may add a key to it.
  checkWriters(path);
  const names = Array.from(Deno.readDirSync(path), ({ name }) => name).filter((name) =>
    NAME.test(name)
  ).sort();
  if (names.length <= MOST_FILES) return names.map((name) => join(path, name));
  throw unusable(path, `it holds more than ${MOST_FILES} keys`);
}

function keysIn(file: string): TrustedKey[] {
  checkWriters(file);
  const { isFile, size } = Deno.statSync(file);
  if (!isFile || size > MOST_BYTES) throw unusable(file, "it is no file of keys");
  const blocks = Deno.readTextFileSync(file).match(BLOCK) ?? [];
  if (blocks.length === 0) throw unusable(file, "it holds no public key (PEM)");
  return blocks.map((pem) => {
    const key = publicKey(pem);
    if (key?.asymmetricKeyType !== "ed25519") {
      throw unusable(file, "it holds another key than Ed25519");
    }
    return { id: keyIdOf(key), fingerprint: fingerprint(key), file, key };
  });
}

function publicKey(pem: string): KeyObject | undefined {
  try {
    return createPublicKey(pem);
  } catch {
    return undefined;
  }
}

/** Whoever may write the keys may give orders. */
function checkWriters(path: string): void {
  const { mode, uid } = Deno.statSync(path);
  // Windows has no modes.
  if (mode === null) return;
  if ((mode & OTHERS_MAY_WRITE) !== 0) throw unusable(path, "others can write it");
  if (uid !== 0 && uid !== Deno.uid()) {
    throw unusable(path, "it belongs neither to the agent's user nor to root");
  }
}

function unusable(path: string, why: string): AgentError {
  return new AgentError("failed", `Cannot use trusted keys "${path}": ${why}`, {
    hint: "openssl pkey -in KEY -pubout -out FILE writes one; see docs/signing.md",
  });
}
