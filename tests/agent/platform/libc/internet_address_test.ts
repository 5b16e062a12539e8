import assert from "node:assert/strict";
import {
  internetAddress,
  readInternetAddress,
} from "../../../../src/agent/platform/libc/internet_address.ts";

Deno.test("internetAddress() and readInternetAddress() are each other's inverse", () => {
  for (
    const address of [
      { ip: "127.0.0.1", port: 514 },
      { ip: "255.254.253.252", port: 65_535 },
      { ip: "::1", port: 1 },
      { ip: "2001:db8::ff00:42:8329", port: 0 },
      { ip: "fe80::", port: 80 },
    ]
  ) assert.deepEqual(readInternetAddress(internetAddress(address)), address);
});

Deno.test("readInternetAddress() gives an IPv4 address that came to a socket of IPv6 as such", () => {
  const mapped = internetAddress({ ip: "::ffff:10.1.2.3", port: 9 });
  assert.deepEqual(readInternetAddress(mapped), { ip: "10.1.2.3", port: 9 });
});
