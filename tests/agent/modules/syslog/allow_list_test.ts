import assert from "node:assert/strict";
import {
  AllowList,
  isLoopback,
  isNetwork,
} from "../../../../src/agent/modules/syslog/allow_list.ts";

Deno.test("AllowList has what its networks hold, and nothing else", () => {
  const list = new AllowList(["10.0.0.0/8", "192.0.2.7", "2001:db8::/32"]);
  for (
    const ip of ["10.0.0.0", "10.255.255.255", "192.0.2.7", "::ffff:10.1.1.1", "2001:db8:1::2"]
  ) {
    assert.equal(list.has(ip), true, ip);
  }
  for (
    const ip of ["11.0.0.0", "9.255.255.255", "192.0.2.8", "::ffff:11.1.1.1", "2001:db9::", "", "x"]
  ) {
    assert.equal(list.has(ip), false, ip);
  }
});

Deno.test("AllowList takes everybody only when both families are named", () => {
  assert.equal(new AllowList(["0.0.0.0/0"]).has("2001:db8::1"), false);
  assert.equal(new AllowList(["0.0.0.0/0", "::/0"]).has("2001:db8::1"), true);
  assert.equal(new AllowList(["fe80::/10"]).has("fe80::1%eth0"), true);
});

Deno.test("isNetwork() knows what is one", () => {
  for (const text of ["1.2.3.4", "1.2.3.4/0", "::", "::/128", "2001:db8::/32"]) {
    assert.equal(isNetwork(text), true, text);
  }
  for (
    const text of ["", "1.2.3", "1.2.3.4/33", "::/129", "1.2.3.4/", "1.2.3.4/x", "a/8", "::1%lo"]
  ) {
    assert.equal(isNetwork(text), false, text);
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
