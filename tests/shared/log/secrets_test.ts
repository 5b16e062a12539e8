import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { Secrets } from "../../../src/shared/log/secrets.ts";

const KEY = "aB3dE6gH9jK2mN5pQ8sT1vW4yZ7bC0dF";
const PASSWORD = `p+ä "q\\w/&=<>'%20`;

function knowing(...values: string[]): Secrets {
  const secrets = new Secrets();
  for (const value of values) secrets.add(value);
  return secrets;
}

const WAYS: Record<string, (value: string) => string> = {
  "as it is": (value) => value,
  "as JSON": (value) => JSON.stringify(value),
  "as JSON in JSON": (value) => JSON.stringify(JSON.stringify({ value })),
  "percent-encoded": encodeURIComponent,
  "percent-encoded in small letters": (value) =>
    encodeURIComponent(value).replace(/%../g, (hex) => hex.toLowerCase()),
  "as a form": (value) => new URLSearchParams({ value }).toString(),
  "every byte percent-encoded": (value) =>
    Array.from(Buffer.from(value), (byte) => `%${byte.toString(16).toUpperCase()}`).join(""),
  "in hexadecimal": (value) => Buffer.from(value).toString("hex").toUpperCase(),
  "as HTML": (value) =>
    value.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;")
      .replaceAll('"', "&quot;").replaceAll("'", "&#39;"),
};
for (const before of ["", "u", "us", "user:"]) {
  WAYS[`in base64 behind "${before}"`] = (value) => Buffer.from(before + value).toString("base64");
  WAYS[`in base64url behind "${before}"`] = (value) =>
    Buffer.from(`${before}${value}more`).toString("base64url");
}

for (const [way, write] of Object.entries(WAYS)) {
  for (const [what, value] of Object.entries({ key: KEY, password: PASSWORD })) {
    Deno.test(`Secrets.hide() finds a ${what} ${way}`, () => {
      const written = write(value);
      const hidden = knowing(KEY, PASSWORD).hide(`before ${written} after ${written}`);
      assert.match(hidden, /^before .*\[redacted\].* after .*\[redacted\]/);
      // Base64 keeps at most the two characters that it shares with its neighbours, at either end.
      assert.ok(hidden.length < `before  after `.length + 2 * (20 + "[redacted]".length), hidden);
    });
  }
}

Deno.test("Secrets.hide() leaves everything else as it is", () => {
  const text = 'status 200, {"key":"x"} and aB3dE6gH9jK2mN5pQ8sT1vW4yZ7bC0d';
  assert.equal(knowing(KEY, PASSWORD).hide(text), text);
  assert.equal(new Secrets().hide(text), text);
});

Deno.test("Secrets.hide() takes a short secret only as a word of its own, and none below 4 characters", () => {
  const secrets = knowing("wazuh", "abc");
  assert.equal(
    secrets.hide("wazuh-agent: wazuhs of wazuh, abc"),
    "[redacted]-agent: wazuhs of [redacted], abc",
  );
});

Deno.test("Secrets.hide() hides the longer of two secrets that begin alike", () => {
  assert.equal(knowing("topsecret", "topsecret-2").hide("x=topsecret-2;"), "x=[redacted];");
});

Deno.test("Secrets forgets the oldest of many", () => {
  const secrets = knowing(...Array.from({ length: 200 }, (_, number) => `token-number-${number}-`));
  assert.equal(secrets.hide("token-number-199-"), "[redacted]");
  assert.equal(secrets.hide("token-number-0-"), "token-number-0-");
});
