/**
 * Whose signatures a manifest bears.
 *
 * @module
 */

import { canonicalBytes } from "../signing/canonical.ts";
import { isSignedBy, type TrustedKey } from "../signing/trusted_keys.ts";
import type { Manifest, ManifestSignature } from "./manifest.ts";
import { refused, type RefusedManifest } from "./refusal.ts";

/** A key that may sign. */
export type VerificationKey = Pick<TrustedKey, "id" | "fingerprint" | "key">;

/**
 * Names of those of `keys` that signed, when they are at least `threshold`, else why they are too few.
 *
 * Each key counts once, however often it is listed or has signed. Signatures of other keys neither help nor harm.
 */
export function signersOf(
  { signed, signatures }: Manifest,
  { keys, threshold }: { keys: readonly VerificationKey[]; threshold: number },
): string[] | RefusedManifest {
  const right = rightSigners({ signed, signatures }, keys);
  // A threshold below 1 would have nobody sign.
  const needed = Math.max(1, threshold);
  if (right.length >= needed) return right.map(({ id }) => id);
  if (signatures.length === 0) return refused("not_signed", "it is not signed");
  const known = signatures.filter(({ keyid }) => keys.some(({ id }) => id === keyid));
  if (known.length === 0) {
    const ids = signatures.map(({ keyid }) => keyid).join(", ");
    return refused("key_unknown", `it is signed with key ${ids}, which is not trusted`);
  }
  const wrong = known.find(({ keyid }) => !right.some(({ id }) => id === keyid));
  if (wrong !== undefined) {
    return refused("signature_wrong", `its signature by key ${wrong.keyid} is wrong`);
  }
  return refused("threshold_not_met", `trusted keys that signed it: ${right.length} of ${needed}`);
}

/** Those of `keys` that signed, each once. */
export function rightSigners(
  { signed, signatures }: Manifest,
  keys: readonly VerificationKey[],
): VerificationKey[] {
  const bytes = canonicalBytes(signed);
  const right = keys.filter((key) => signatures.some((one) => fits(key, bytes, one)));
  return [...new Map(right.map((key) => [key.fingerprint, key])).values()];
}

function fits(key: VerificationKey, bytes: Uint8Array, { keyid, sig }: ManifestSignature): boolean {
  try {
    return key.id === keyid && isSignedBy(key, bytes, sig);
  } catch {
    // Base64 that the decoder does not take.
    return false;
  }
}
