import assert from "node:assert/strict";
import { canonicalIp, isLoopback, parseNetwork } from "../../src/shared/networks.ts";

Deno.test("parseNetwork() knows what is a network", () => {
  for (const text of ["1.2.3.4", "1.2.3.4/0", "::", "::/128", "2001:db8::/32"]) {
    assert.equal(parseNetwork(text) !== undefined, true, text);
  }
  for (
    const text of [
      "",
      "1.2.3",
      "1.2.3.4/33",
      "::/129",
      "1.2.3.4/",
      "1.2.3.4/x",
      "a/8",
      "::1%lo",
      "01.2.3.4",
      "1.2.3.256",
      ":::",
      "1::2::3",
      "12345::",
      "1.2.3.4.5",
    ]
  ) {
    assert.equal(parseNetwork(text) !== undefined, false, text);
  }
});

Deno.test("isLoopback() knows what only this machine can reach", () => {
  for (const host of ["127.0.0.1", "127.9.9.9", "::1", "localhost"]) {
    assert.equal(isLoopback(host), true, host);
  }
  for (const host of ["0.0.0.0", "::", "10.0.0.1", "host", "127.0.0.1.example"]) {
    assert.equal(isLoopback(host), false, host);
  }
});

Deno.test("canonicalIp() writes every address in one way, and knows what is none", () => {
  const addresses: Record<string, string> = {
    "192.0.2.7": "192.0.2.7",
    "2001:DB8:0:0:0:0:0:1": "2001:db8::1",
    "::ffff:192.0.2.7": "192.0.2.7",
    "::FFFF:c000:0207": "192.0.2.7",
    "0:0:0:0:0:ffff:192.0.2.7": "192.0.2.7",
    "::": "::",
  };
  for (const [text, expected] of Object.entries(addresses)) {
    assert.equal(canonicalIp(text), expected, text);
  }
  for (const text of ["192.0.2.0/24", "fe80::1%eth0", "0300.0.2.7", "3221225991", "", "host"]) {
    assert.equal(canonicalIp(text), undefined, text);
  }
});

Deno.test("parseNetwork() takes a network of mapped addresses for the one of IPv4", () => {
  assert.deepEqual(parseNetwork("::ffff:10.0.0.0/104"), {
    address: "10.0.0.0",
    bits: 8,
    family: "ipv4",
  });
  assert.deepEqual(parseNetwork("::ffff:10.0.0.0/95"), { address: "::", bits: 95, family: "ipv6" });
});
