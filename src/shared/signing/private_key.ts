/**
 * The private keys that sign: Ed25519 in PEM (PKCS #8), in files that nobody but their owner may read.
 *
 * @module
 */

import { createPrivateKey, type KeyObject } from "node:crypto";
import { AgentError, messageOf } from "../errors.ts";

const OTHERS_MAY_USE = 0o077;

/**
 * Reads the private key in a file.
 *
 * @param hint how to make one
 * @throws {AgentError} `config_invalid` when it cannot be read, may be used by others, or is of another kind
 */
export function readPrivateKey(path: string, hint: string): KeyObject {
  try {
    const { mode } = Deno.statSync(path);
    if (mode !== null && (mode & OTHERS_MAY_USE) !== 0) {
      throw new Error("others may use it, make its mode 0600");
    }
    const key = keyIn(Deno.readTextFileSync(path));
    if (key?.asymmetricKeyType === "ed25519") return key;
    throw new Error("it is not a private Ed25519 key (PEM)");
  } catch (error) {
    const why = messageOf(error);
    throw new AgentError("config_invalid", `Cannot use signing key "${path}": ${why}`, { hint });
  }
}

/** What the parser says could quote a key. */
function keyIn(pem: string): KeyObject | undefined {
  try {
    return createPrivateKey(pem);
  } catch {
    return undefined;
  }
}
