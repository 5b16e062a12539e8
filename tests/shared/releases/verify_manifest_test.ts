import assert from "node:assert/strict";
import { createPublicKey } from "node:crypto";
import {
  verifyManifest,
  type VerifyOptions,
} from "../../../src/shared/releases/verify_manifest.ts";
import type { Manifest, ManifestType } from "../../../src/shared/releases/manifest.ts";
import { canonicalText } from "../../../src/shared/releases/parse_manifest.ts";
import { keyEntry, keysIn } from "../../../src/shared/releases/key_change.ts";
import { platformName } from "../../../src/shared/releases/platform.ts";
import { type RefusalCode, REFUSALS } from "../../../src/shared/releases/refusal.ts";
import { newKey, NOW_MS, RELEASE, signedBy, trusted } from "./support.ts";

const [first, second, stranger] = [newKey(), newKey(), newKey()];

function check<T extends ManifestType = "agent-release">(
  text: string,
  options: Partial<VerifyOptions<T>> = {},
) {
  const usual = { keys: trusted(first, second), threshold: 1, nowMs: NOW_MS };
  return verifyManifest(text, { type: "agent-release" as T, ...usual, ...options });
}

function codeOf<T extends ManifestType = "agent-release">(
  text: string,
  options: Partial<VerifyOptions<T>> = {},
): RefusalCode | "ok" {
  const verdict = check(text, options);
  if (verdict.ok) return "ok";
  assert.ok(verdict.code in REFUSALS && verdict.message !== "");
  return verdict.code;
}

function changed(change: (manifest: Manifest) => unknown, keys = [first]): string {
  const manifest = JSON.parse(signedBy(keys));
  change(manifest);
  return canonicalText(manifest) ?? "";
}

Deno.test("verifyManifest() gives what was signed, who signed it, and the file of the platform", () => {
  const verdict = check(signedBy([first]), { platform: "linux-x86_64", version: "1.3.2" });
  assert.ok(verdict.ok);
  assert.deepEqual(verdict.signed, RELEASE);
  assert.deepEqual(verdict.signers, trusted(first).map(({ id }) => id));
  assert.deepEqual(verdict.target, RELEASE.targets["linux-x86_64"]);
});

Deno.test("verifyManifest() refuses what is no JSON, or was cut off anywhere", () => {
  const text = signedBy([first]).trimEnd();
  for (const wrong of ["", "no", "[]", "null", "{}{}"]) {
    assert.notEqual(codeOf(wrong), "ok");
  }
  for (let length = 0; length < text.length; length++) {
    assert.equal(codeOf(text.slice(0, length)), "not_json");
  }
  assert.equal(codeOf(text), "ok");
  assert.equal(codeOf(`${text}\n`), "ok");
});

Deno.test("verifyManifest() takes one text only: no other order, form of a number, escape, space, or member twice", () => {
  const text = signedBy([first]).trimEnd();
  const { signed, signatures } = JSON.parse(text);
  const others = [
    JSON.stringify({ signed, signatures }),
    JSON.stringify({ signatures, signed }, null, 2),
    text.replace('"release":37', '"release":3.7e1'),
    text.replace('"release":37', '"release":37.0'),
    text.replace('"release":37', '"release":38,"release":37'),
    text.replace('"1.4.0"', '"1.4.\\u0030"'),
    text.replace('"signed":{', '"signed":{"type":"script"},"signed":{'),
    `${text}\n\n`,
    ` ${text}`,
    `\ufeff${text}`,
  ];
  for (const other of others) {
    assert.notEqual(other, text);
    assert.match(codeOf(other), /^not_(canonical|json)$/, other);
  }
});

Deno.test("verifyManifest() refuses members that are unknown, missing or of another form", () => {
  const wrong: ((manifest: { signed: Record<string, unknown> }) => unknown)[] = [
    ({ signed }) => signed.more = 1,
    ({ signed }) => delete signed.expires,
    ({ signed }) => signed.release = 0,
    ({ signed }) => signed.release = 1.5,
    ({ signed }) => signed.release = 2 ** 53,
    ({ signed }) => signed.version = "v1.4.0",
    ({ signed }) => signed.version = "1.4",
    ({ signed }) => signed.from = "newer",
    ({ signed }) => signed.from = ">=1.0.0 || ".repeat(40) + "1.0.0",
    ({ signed }) => signed.expires = "2027-02-26",
    ({ signed }) => signed.type = "agent",
    ({ signed }) => signed.targets = {},
    ({ signed }) => signed.targets = { "../x": RELEASE.targets["linux-x86_64"] },
    ({ signed }) => signed.targets = JSON.parse('{"__proto__":{"name":"a","size":1,"sha256":""}}'),
    ...["../agent", "a/b", "a\\b", ".agent", "", "agent\n", "agent\0", "ägent", "x".repeat(201)]
      .map((name) => ({ signed }: { signed: Record<string, unknown> }) =>
        signed.targets = { "linux-x86_64": { name, size: 1, sha256: "a".repeat(64) } }
      ),
    ({ signed }) =>
      signed.targets = { "linux-x86_64": { name: "a", size: -1, sha256: "a".repeat(64) } },
    ({ signed }) =>
      signed.targets = { "linux-x86_64": { name: "a", size: 1, sha256: "A".repeat(64) } },
  ];
  for (const change of wrong) {
    assert.equal(codeOf(changed(change as (one: Manifest) => unknown)), "wrong_form", `${change}`);
  }
});

Deno.test("verifyManifest() refuses a manifest of which any one character is another, missing or twice", () => {
  const text = signedBy([first]).trimEnd();
  for (let at = 0; at < text.length; at++) {
    const [before, character, after] = [text.slice(0, at), text.charAt(at), text.slice(at + 1)];
    const others = [character === "0" ? "1" : "0", "B", character + character, ""];
    for (const other of others.filter((one) => one !== character)) {
      const changed = before + other + after;
      assert.notEqual(codeOf(changed), "ok", changed);
    }
  }
});

Deno.test("verifyManifest() says which member is wrong", () => {
  const verdict = check(changed(({ signed }) => signed.release = -1));
  assert.ok(!verdict.ok);
  assert.match(verdict.message, /"signed\.release"/);
});

Deno.test("verifyManifest() refuses a manifest that is too long before it reads it", () => {
  assert.equal(codeOf("[".repeat(10_000_000)), "too_large");
});

Deno.test("verifyManifest() refuses half a surrogate pair", () => {
  assert.equal(codeOf('{"signatures":[],"signed":"\\ud800"}'), "not_canonical");
});

Deno.test("verifyManifest() refuses what nobody signed, what strangers signed, and what was changed since", () => {
  assert.equal(codeOf(signedBy([])), "not_signed");
  assert.equal(codeOf(signedBy([stranger])), "key_unknown");
  assert.equal(codeOf(signedBy([first]), { keys: [] }), "key_unknown");
  assert.equal(codeOf(changed(({ signed }) => signed.release++)), "signature_wrong");
  const swapped = changed(({ signatures: [one] }) => {
    if (one !== undefined) one.keyid = trusted(second)[0]?.id ?? "";
  });
  assert.equal(codeOf(swapped), "signature_wrong");
  const short = changed(({ signatures: [one] }) => {
    if (one !== undefined) one.sig = "AAAA";
  });
  assert.equal(codeOf(short), "signature_wrong");
});

Deno.test("verifyManifest() counts distinct trusted keys for the threshold", () => {
  const two = { threshold: 2 };
  assert.equal(codeOf(signedBy([first, second]), two), "ok");
  assert.equal(codeOf(signedBy([first]), two), "threshold_not_met");
  assert.equal(codeOf(signedBy([first, stranger]), two), "threshold_not_met");
  const twice = changed(({ signatures }) => signatures.push(...signatures));
  assert.equal(codeOf(twice, two), "threshold_not_met");
  const listedTwice = { keys: trusted(first, first), threshold: 2 };
  assert.equal(codeOf(signedBy([first]), listedTwice), "threshold_not_met");
  assert.equal(codeOf(signedBy([]), { threshold: 0 }), "not_signed");
  assert.equal(codeOf(signedBy([stranger, first]), { threshold: 1 }), "ok");
  assert.equal(codeOf(signedBy([first]), { threshold: NaN }), "threshold_not_met");
});

Deno.test("verifyManifest() refuses what is expired, and what is issued only later", () => {
  const expires = Date.parse(RELEASE.expires);
  assert.equal(codeOf(signedBy([first]), { nowMs: expires - 1 }), "ok");
  assert.equal(codeOf(signedBy([first]), { nowMs: expires }), "expired");
  const issued = Date.parse(RELEASE.issued);
  assert.equal(codeOf(signedBy([first]), { nowMs: issued - 300_000 }), "ok");
  assert.equal(codeOf(signedBy([first]), { nowMs: issued - 300_001 }), "not_yet_valid");
});

Deno.test("verifyManifest() refuses an older release and an older version, unless a downgrade is wanted", () => {
  const text = signedBy([first]);
  assert.equal(codeOf(text, { highestRelease: 37 }), "ok");
  assert.equal(codeOf(text, { highestRelease: 38 }), "older_release");
  assert.equal(codeOf(text, { version: "1.5.0" }), "older_version");
  assert.equal(codeOf(text, { version: "1.4.0" }), "ok");
  const downgrade = { highestRelease: 38, version: "1.5.0", allowDowngrade: true };
  assert.equal(codeOf(text, downgrade), "ok");
});

Deno.test("verifyManifest() refuses what does not replace this version, or has nothing for this platform", () => {
  const text = signedBy([first]);
  assert.equal(codeOf(text, { version: "1.1.9" }), "not_from_this_version");
  assert.equal(codeOf(text, { version: "1.3.0-rc.1" }), "ok");
  assert.equal(codeOf(text, { platform: "windows-x86_64" }), "wrong_platform");
  assert.equal(codeOf(text, { platform: "constructor" }), "wrong_platform");
  assert.equal(codeOf(text, { platform: "linux-x86_64", maxSize: 97_079_158 }), "too_large");
});

Deno.test("verifyManifest() tells strangers nothing but that they are strangers", () => {
  assert.equal(
    codeOf(signedBy([stranger]), { nowMs: Infinity, highestRelease: 99 }),
    "key_unknown",
  );
});

const SCRIPT: Manifest["signed"] = {
  type: "script",
  name: "block.sh",
  release: 3,
  issued: RELEASE.issued,
  expires: RELEASE.expires,
  size: 120,
  sha256: "b".repeat(64),
};

Deno.test("verifyManifest() checks a script, and keeps it apart from releases", () => {
  const text = signedBy([first], SCRIPT);
  const verdict = check(text, { type: "script", name: "block.sh" });
  assert.ok(verdict.ok);
  assert.deepEqual(verdict.target, { name: "block.sh", size: 120, sha256: "b".repeat(64) });
  assert.equal(codeOf(text, { type: "script", name: "other.sh" }), "wrong_name");
  assert.equal(codeOf(text, { type: "script", highestRelease: 4 }), "older_release");
  assert.equal(codeOf(text), "wrong_type");
  assert.equal(codeOf(signedBy([first]), { type: "script" }), "wrong_type");
});

const entryOf = (key: typeof first) => keyEntry(createPublicKey(key));

function keysManifest(threshold: number, ...keys: typeof first[]): Manifest["signed"] {
  const { issued, expires } = RELEASE;
  return { type: "agent-keys", release: 2, issued, expires, threshold, keys: keys.map(entryOf) };
}

Deno.test("verifyManifest() takes new keys that enough of the old and of the new ones signed", () => {
  const [third, fourth] = [newKey(), newKey()];
  const signed = keysManifest(2, third, fourth);
  const type = "agent-keys";
  const verdict = check(signedBy([first, third, fourth], signed), { type });
  assert.ok(verdict.ok);
  assert.deepEqual(
    keysIn(verdict.signed).map(({ id }) => id),
    trusted(third, fourth).map((one) => one.id),
  );
  assert.equal(codeOf(signedBy([third, fourth], signed), { type }), "key_unknown");
  assert.equal(codeOf(signedBy([first, third], signed), { type }), "new_threshold_not_met");
  assert.equal(
    codeOf(signedBy([first], keysManifest(2, first)), { type }),
    "new_threshold_not_met",
  );
});

Deno.test("verifyManifest() refuses new keys that are called by another's name, or are none", () => {
  const type = "agent-keys";
  const [own, other] = [entryOf(first), entryOf(second)];
  for (const entry of [{ ...own, public: other.public }, { ...own, public: "AAAA" }]) {
    const signed = { ...keysManifest(1, first), keys: [entry] } as Manifest["signed"];
    assert.equal(codeOf(signedBy([first], signed), { type }), "key_wrong");
  }
});

Deno.test("platformName() names system and processor", () => {
  assert.equal(platformName({ os: "linux", arch: "x86_64" }), "linux-x86_64");
  assert.equal(platformName(), `${Deno.build.os}-${Deno.build.arch}`);
});
