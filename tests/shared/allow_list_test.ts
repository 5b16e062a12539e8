import assert from "node:assert/strict";
import { AllowList } from "../../src/shared/allow_list.ts";

Deno.test("AllowList has what its networks hold, and nothing else", () => {
  const list = new AllowList(["10.0.0.0/8", "192.0.2.7", "2001:db8::/32"]);
  for (
    const ip of [
      "10.0.0.0",
      "10.255.255.255",
      "192.0.2.7",
      "::ffff:10.1.1.1",
      "::ffff:a01:101",
      "2001:db8:1::2",
    ]
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

Deno.test("AllowList takes entries that are mapped addresses for IPv4", () => {
  const list = new AllowList(["::ffff:10.0.0.0/104", "::ffff:192.0.2.7"]);
  assert.equal(list.has("10.9.9.9"), true);
  assert.equal(list.has("192.0.2.7"), true);
  assert.equal(list.has("192.0.2.8"), false);
});
