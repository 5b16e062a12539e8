/**
 * Keys in files, for the tests of the publisher and its consumer.
 *
 * @module
 */

import { generateKeyPairSync, randomBytes } from "node:crypto";

/** Paths of key files. */
export interface KeyFiles {
  signing: string;
  public: string;
  encryption: string;
}

/** Makes new keys in `folder`. */
export function makeKeys(folder: string): KeyFiles {
  const { privateKey, publicKey } = generateKeyPairSync("ed25519");
  const files = {
    signing: `${folder}/signing.key`,
    public: `${folder}/signing.pub`,
    encryption: `${folder}/encryption.key`,
  };
  const texts = {
    signing: privateKey.export({ format: "pem", type: "pkcs8" }).toString(),
    public: publicKey.export({ format: "pem", type: "spki" }).toString(),
    encryption: `${randomBytes(32).toString("hex")}\n`,
  };
  for (const name of ["signing", "public", "encryption"] as const) {
    Deno.writeTextFileSync(files[name], texts[name], { mode: 0o600 });
  }
  return files;
}
