import assert from "node:assert/strict";
import { parseRpmHeader } from "../../../../../src/agent/modules/inventory/formats/rpm_header.ts";
import { rpmHeader } from "../../../../support/rpm_header.ts";

const OPENSSL = {
  name: "openssl-libs",
  version: "3.0.7",
  release: "27.el9",
  epoch: 1,
  summary: "A general purpose cryptography library",
  installTime: 1_717_000_000,
  size: 2_300_000,
  vendor: "Red Hat, Inc.",
  architecture: "x86_64",
};

Deno.test("parseRpmHeader() reads a header of Enterprise Linux", () => {
  assert.deepEqual(parseRpmHeader(rpmHeader(OPENSSL)), {
    type: "rpm",
    name: "openssl-libs",
    version: "1:3.0.7-27.el9",
    architecture: "x86_64",
    description: "A general purpose cryptography library",
    installed: "2024-05-29T16:26:40.000Z",
    size: 2_300_000,
    category: undefined,
    source: undefined,
    vendor: "Red Hat, Inc.",
  });
});

Deno.test("parseRpmHeader() leaves out an epoch of 0, and keys", () => {
  assert.equal(parseRpmHeader(rpmHeader({ ...OPENSSL, epoch: 0 }))?.version, "3.0.7-27.el9");
  assert.equal(parseRpmHeader(rpmHeader({ ...OPENSSL, name: "gpg-pubkey" })), undefined);
});

Deno.test("parseRpmHeader() says of every cut header that it is cut, and reads nothing beyond it", () => {
  const whole = rpmHeader(OPENSSL);
  for (let length = 0; length < whole.length; length++) {
    assert.throws(() => parseRpmHeader(whole.slice(0, length)), { name: "FormatError" });
  }
});

Deno.test("parseRpmHeader() refuses numbers that nobody could mean", () => {
  assert.throws(() => parseRpmHeader(new Uint8Array(64).fill(0xff)), { name: "FormatError" });
  assert.throws(() => parseRpmHeader(new Uint8Array(64)), /no name/);
});
