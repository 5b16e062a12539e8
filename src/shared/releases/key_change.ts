/**
 * Keys that take the place of others: the manifest of type `agent-keys`.
 *
 * It counts when enough of the keys before signed it, and enough of the new ones: who makes a mistake, or does not hold the new keys,
 * locks nobody out.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { createPublicKey, type KeyObject } from "node:crypto";
import { fingerprint, keyIdOf } from "../signing/key_id.ts";
import type { AgentKeys, Manifest } from "./manifest.ts";
import { refused, type RefusedManifest } from "./refusal.ts";
import { rightSigners, type VerificationKey } from "./signers.ts";

/**
 * The keys that a verified manifest names.
 *
 * @throws {TypeError} when one is no Ed25519 key or is not the one that it is called by; never after
 * {@linkcode keyChangeProblem} found nothing
 */
export function keysIn({ keys }: AgentKeys): VerificationKey[] {
  return keys.map(({ keyid, public: spki }) => {
    const key = publicKey(spki);
    if (key?.asymmetricKeyType !== "ed25519") {
      throw new TypeError(`key ${keyid} is not an Ed25519 key (SPKI, DER, base64)`);
    }
    if (keyIdOf(key) !== keyid) throw new TypeError(`key ${keyid} is called ${keyIdOf(key)}`);
    return { id: keyid, fingerprint: fingerprint(key), key };
  });
}

/** How a public key stands in a manifest. */
export function keyEntry(key: KeyObject): AgentKeys["keys"][number] {
  const spki = key.export({ format: "der", type: "spki" });
  return { keyid: keyIdOf(key), public: spki.toString("base64") };
}

/** What is wrong with the keys that a manifest names; `undefined` for nothing, and for manifests of other types. */
export function keyChangeProblem(
  { signed, signatures }: Manifest,
): RefusedManifest | undefined {
  if (signed.type !== "agent-keys") return undefined;
  const keys = readKeys(signed);
  if (typeof keys === "string") return refused("key_wrong", keys);
  const count = rightSigners({ signed, signatures }, keys).length;
  if (count >= signed.threshold) return undefined;
  const said = `new keys that signed it: ${count} of ${signed.threshold}`;
  return refused("new_threshold_not_met", said);
}

function readKeys(signed: AgentKeys): VerificationKey[] | string {
  try {
    return keysIn(signed);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function publicKey(spki: string): KeyObject | undefined {
  try {
    return createPublicKey({
      key: Buffer.from(spki, "base64"),
      format: "der",
      type: "spki",
    });
  } catch {
    return undefined;
  }
}
