import assert from "node:assert/strict";
import { handshakeFault } from "../../../../src/agent/comms/tls/handshake_fault.ts";
import { type CertifiedKey, createTestAuthority } from "../../../support/tls.ts";

const DAY_MS = 86_400_000;
const authority = await createTestAuthority();
const other = await createTestAuthority("Other CA");

async function faultAt(server: CertifiedKey | undefined, ca: string): Promise<string | undefined> {
  const options = { hostname: "127.0.0.1", port: 0, onListen: () => {}, ...server };
  await using running = Deno.serve(options, () => new Response());
  const fault = await handshakeFault(`https://127.0.0.1:${running.addr.port}`, { ca: [ca] });
  return fault?.message;
}

Deno.test("handshakeFault() has the platform's words for what is wrong with a certificate", async () => {
  const expired = await authority.issue(["127.0.0.1"], { notBeforeMs: Date.now() - 9 * DAY_MS });
  assert.match(
    await faultAt(expired, authority.cert) ?? "",
    /invalid peer certificate: .*expired/i,
  );
  const good = await authority.issue(["127.0.0.1"]);
  assert.match(await faultAt(good, other.cert) ?? "", /UnknownIssuer/);
});

Deno.test("handshakeFault() finds nothing wrong with a certificate for another name", async () => {
  const elsewhere = await authority.issue(["elsewhere.example"]);
  assert.equal(await faultAt(elsewhere, authority.cert), undefined);
});

Deno.test("handshakeFault() tells a server that speaks no TLS", async () => {
  assert.match(await faultAt(undefined, authority.cert) ?? "", /InvalidContentType/);
});
