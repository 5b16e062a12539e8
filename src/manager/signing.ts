/**
 * Signs what agents are given: orders and the files of groups. What is signed stands in `shared/signing/signed_orders.ts`.
 *
 * @module
 */

import { createPublicKey, type KeyObject, sign } from "node:crypto";
import type { Command } from "../shared/protocol/wire.ts";
import { keyIdOf } from "../shared/signing/key_id.ts";
import { readPrivateKey } from "../shared/signing/private_key.ts";
import {
  type FileSignature,
  type OrderSignature,
  signedFileBytes,
  signedOrderBytes,
} from "../shared/signing/signed_orders.ts";

/** An order that is offered later is signed anew, so that a stolen one is of no use for long. */
const COUNTS_MS = 24 * 60 * 60 * 1000;

/** Signs with one key. */
export class Signer {
  /** The first 16 digits of the public key's fingerprint. */
  readonly keyId: string;
  readonly #key: KeyObject;

  constructor(key: KeyObject) {
    this.#key = key;
    this.keyId = keyIdOf(createPublicKey(key));
  }

  /** The signature of an order for an agent; `dueMs` is when the order is given up at the latest. */
  order(
    command: Command,
    { issuedMs, nowMs, dueMs }: { issuedMs: number; nowMs: number; dueMs: number },
  ): OrderSignature {
    const { target, ...order } = command;
    const said = {
      key_id: this.keyId,
      issued_at: new Date(issuedMs).toISOString(),
      expires_at: new Date(Math.min(dueMs, nowMs + COUNTS_MS)).toISOString(),
    };
    const bytes = signedOrderBytes({ ...order, agent_id: target?.id ?? "" }, said);
    return { ...said, value: this.#sign(bytes) };
  }

  /** The signature of a file; `version` must grow with each change of it. */
  file(name: string, content: Uint8Array, version: number): FileSignature {
    const said = { key_id: this.keyId, version };
    return { ...said, value: this.#sign(signedFileBytes({ name, content }, said)) };
  }

  #sign(bytes: Uint8Array): string {
    return sign(null, bytes, this.#key).toString("base64");
  }
}

/**
 * Reads the private key (PEM) in a file.
 *
 * @throws {AgentError} `config_invalid` when it cannot be read, may be used by others, or is of another kind
 */
export function readSigner(path: string): Signer {
  const hint = "openssl genpkey -algorithm ed25519 -out FILE && chmod 600 FILE";
  return new Signer(readPrivateKey(path, hint));
}
