import assert from "node:assert/strict";
import { isLoopback, parseNetwork } from "../../../../src/agent/modules/syslog/networks.ts";

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
