import assert from "node:assert/strict";
import fc from "fast-check";
import type { Manifest } from "../../../src/shared/releases/manifest.ts";
import { canonicalText } from "../../../src/shared/releases/parse_manifest.ts";
import { REFUSALS } from "../../../src/shared/releases/refusal.ts";
import { manifestText, withSignature } from "../../../src/shared/releases/sign_manifest.ts";
import { verifyManifest } from "../../../src/shared/releases/verify_manifest.ts";
import { newKey, NOW_MS, RELEASE, signedBy, trusted } from "../../shared/releases/support.ts";
import { mutatedText, oddFormOf } from "../harness/arbitraries.ts";
import { assertPlain } from "../harness/expectations.ts";
import type { FuzzTarget } from "../harness/target.ts";

const KEY = newKey();
const SCRIPT: Manifest["signed"] = {
  type: "script",
  name: "block.sh",
  release: 3,
  issued: RELEASE.issued,
  expires: RELEASE.expires,
  size: 120,
  sha256: "b".repeat(64),
};
const RIGHT = [signedBy([KEY]), signedBy([KEY], SCRIPT)];
const MEMBERS = [...new Set([RELEASE, SCRIPT].flatMap((one) => Object.keys(one)))];

/** Something else in the place of what is signed, with the key's signature of just that, as far as it can be signed. */
const signedAnyway = oddFormOf(RELEASE, ...MEMBERS).map((signed) => {
  try {
    return manifestText(withSignature({ signed: signed as typeof RELEASE, signatures: [] }, KEY));
  } catch {
    return "";
  }
});

const text = fc.oneof(
  mutatedText(...RIGHT),
  signedAnyway,
  oddFormOf(JSON.parse(RIGHT[0] ?? ""), "signed", "signatures", "keyid", "sig", ...MEMBERS)
    .map((value) => canonicalText({ ...value as object }) ?? ""),
);

export const target: FuzzTarget = {
  about:
    "a manifest is believed when it is the one that was signed, or another that is right and signed as it is",
  weight: 4,
  open: () => ({
    property: fc.property(text, fc.constantFrom("agent-release", "script"), (text, type) => {
      const options = { keys: trusted(KEY), threshold: 1, nowMs: NOW_MS, type } as const;
      const verdict = verifyManifest(text, options);
      if (verdict.ok) {
        const { signatures } = JSON.parse(text);
        const again = { signed: verdict.signed, signatures } as Manifest;
        assert.equal(canonicalText(again), text.replace(/\n$/, ""));
        return assert.equal(verdict.signed.type, type);
      }
      assert.ok(verdict.code in REFUSALS);
      assertPlain(verdict.message);
    }),
  }),
};
