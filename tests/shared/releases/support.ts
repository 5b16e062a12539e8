/** Keys and manifests as the tests of releases need them. */

import { createPublicKey, generateKeyPairSync, type KeyObject } from "node:crypto";
import { fingerprint, keyIdOf } from "../../../src/shared/signing/key_id.ts";
import type { AgentRelease, Manifest } from "../../../src/shared/releases/manifest.ts";
import { manifestText, withSignature } from "../../../src/shared/releases/sign_manifest.ts";

/** A moment at which the manifests of the tests count. */
export const NOW_MS = Date.parse("2026-11-26T05:00:00Z");

export function newKey(): KeyObject {
  return generateKeyPairSync("ed25519").privateKey;
}

/** What an agent knows of a key. */
export function trusted(...keys: KeyObject[]) {
  return keys.map((privateKey) => {
    const key = createPublicKey(privateKey);
    return { id: keyIdOf(key), fingerprint: fingerprint(key), key };
  });
}

export const RELEASE: AgentRelease = {
  type: "agent-release",
  version: "1.4.0",
  release: 37,
  issued: "2026-11-26T00:00:00Z",
  expires: "2027-02-26T00:00:00Z",
  from: ">=1.2.0",
  targets: {
    "linux-x86_64": { name: "agent-1.4.0-linux-x86_64", size: 97_079_159, sha256: "a".repeat(64) },
  },
};

/** The text of a manifest that `keys` signed. */
export function signedBy(keys: readonly KeyObject[], signed: Manifest["signed"] = RELEASE): string {
  return manifestText(keys.reduce<Manifest>(withSignature, { signed, signatures: [] }));
}
