import assert from "node:assert/strict";
import { dropsIn } from "../../../../../src/agent/modules/syslog/datagram/kernel_drops.ts";

const FOUR =
  `   sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops
13182: 0100007F:94D8 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 3109945 2 0000000039525c20 108
14824: 00000000:0202 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 3110011 2 0000000055053b69 7
`;

const SIX =
  ` 1: 00000000000000000000000001000000:0202 00000000000000000000000000000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 31 2 0000000055053b69 5
 2: B80D0120000000000000000001000000:0202 00000000000000000000000000000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 31 2 0000000055053b69 6
`;

Deno.test("dropsIn finds the count of a socket by its address", () => {
  assert.equal(dropsIn(FOUR, { hostname: "127.0.0.1", port: 0x94d8 }), 108);
  assert.equal(dropsIn(FOUR, { hostname: "0.0.0.0", port: 514 }), 7);
  assert.equal(dropsIn(FOUR, { hostname: "127.0.0.1", port: 514 }), undefined);
  assert.equal(dropsIn(SIX, { hostname: "::1", port: 514 }), 5);
  assert.equal(dropsIn(SIX, { hostname: "2001:db8::1", port: 514 }), 6);
});
