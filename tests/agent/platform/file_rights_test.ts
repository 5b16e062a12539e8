import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { aclText, capabilityText } from "../../../src/agent/platform/file_rights.ts";

const hex = (text: string) => new Uint8Array(Buffer.from(text.replaceAll(" ", ""), "hex"));

Deno.test("capabilityText() reads what setcap writes", () => {
  // setcap cap_net_raw+ep
  assert.equal(
    capabilityText(hex("01000002 00200000 00000000 00000000 00000000")),
    "capability:cap_net_raw+ep",
  );
  // setcap cap_chown,cap_bpf+p cap_setuid+i
  assert.equal(
    capabilityText(hex("00000002 01000000 80000000 80000000 00000000")),
    "capability:cap_chown,cap_bpf+p cap_setuid+i",
  );
  // Of a user namespace: the id of its root stands behind.
  assert.equal(
    capabilityText(hex("01000003 00000000 00000000 00800000 00000000 e8030000")),
    "capability:cap_47+ep",
  );
  assert.equal(capabilityText(hex("0100")), "capability:damaged");
});

Deno.test("aclText() reads the entries that a mode does not show", () => {
  const entries = [
    "0100 0600 ffffffff",
    "0200 0400 feff0000",
    "0400 0400 ffffffff",
    "0800 0700 04000000",
    "1000 0700 ffffffff",
    "2000 0400 ffffffff",
  ];
  assert.equal(
    aclText(hex(`02000000 ${entries.join(" ")}`)),
    "acl:user:65534:r--,group::r--,group:4:rwx,mask:rwx",
  );
});

Deno.test("aclText() tells of a long list how much more there is, and of a cut one what is there", () => {
  const entry = "0200 0400 01000000";
  const text = aclText(hex(`02000000 ${entry.repeat(40)} 0200`));
  assert.equal(text.split(",").length, 33);
  assert.match(text, /,and 8 more$/);
});
