/**
 * Signing manifests, see `manifest.ts`.
 *
 * @module
 */

import { createPublicKey, type KeyObject, sign } from "node:crypto";
import { canonicalBytes } from "../signing/canonical.ts";
import { keyIdOf } from "../signing/key_id.ts";
import type { Manifest, ManifestSignature } from "./manifest.ts";
import { canonicalText } from "./parse_manifest.ts";

/** The signature of a private Ed25519 key. */
function signatureOf(signed: Manifest["signed"], key: KeyObject): ManifestSignature {
  return {
    keyid: keyIdOf(createPublicKey(key)),
    sig: sign(null, canonicalBytes(signed), key).toString("base64"),
  };
}

/** The manifest with one more signature: one that the same key made before is replaced. */
export function withSignature({ signed, signatures }: Manifest, key: KeyObject): Manifest {
  const own = signatureOf(signed, key);
  const others = signatures.filter(({ keyid }) => keyid !== own.keyid);
  return { signed, signatures: [...others, own] };
}

/** The text of a manifest as it stands in its file. */
export function manifestText(manifest: Manifest): string {
  return `${canonicalText(manifest)}\n`;
}
