import assert from "node:assert/strict";
import { join } from "node:path";
import { RenewingTransport } from "../../../../src/agent/comms/connection/renewing_transport.ts";
import { ServerConnection } from "../../../../src/agent/comms/connection/server_connection.ts";
import { readSystemTrust, systemTrustFiles } from "../../../../src/agent/comms/tls/system_trust.ts";
import {
  createTransport,
  type Transport,
} from "../../../../src/agent/comms/connection/transport.ts";
import { FakeClock } from "../../../support/fake_clock.ts";
import { createTestAuthority, type TestAuthority } from "../../../support/tls.ts";

const company = await createTestAuthority("Company CA");
const other = await createTestAuthority("Other CA");
const folder = await Deno.makeTempDir();
addEventListener("unload", () => Deno.removeSync(folder, { recursive: true }));

function file(name: string, text: string): string {
  const path = join(folder, name);
  Deno.writeTextFileSync(path, text);
  return path;
}

async function serveTls(authority: TestAuthority) {
  const certificate = await authority.issue(["localhost"]);
  const options = { hostname: "127.0.0.1", port: 0, onListen: () => {}, ...certificate };
  const server = Deno.serve(options, () => new Response("hello"));
  return {
    url: `https://localhost:${server.addr.port}`,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

/** What came of one request: the answer, or the kind of failure. */
async function get(url: string, { fetch }: Pick<Transport, "fetch">): Promise<string> {
  const connection = new ServerConnection({ serverUrl: url, fetch, userAgent: "test" });
  const request = { method: "GET", path: "/", timeoutMs: 10_000, maxBytes: 1000 } as const;
  const exchange = await connection.send({ ...request, signal: new AbortController().signal });
  return exchange.kind === "answer"
    ? new TextDecoder().decode(exchange.bytes)
    : exchange.failure.text.replace(/^.*trusted: /, "");
}

const UNKNOWN = "it is not signed by a known certificate authority (signed by CN=Other CA)";

for (const verificationMode of ["full", "certificate"] as const) {
  Deno.test(`mode ${verificationMode} trusts the system's authorities, and no others`, async () => {
    const systemTrust = { bundles: [file("system.pem", company.cert)] };
    await using known = await serveTls(company);
    await using unknown = await serveTls(other);
    const transport = createTransport({ verificationMode, warn: () => {}, systemTrust });
    assert.deepEqual([await get(known.url, transport), await get(unknown.url, transport)], [
      "hello",
      UNKNOWN,
    ]);
    transport.close();
  });

  Deno.test(`mode ${verificationMode} with ca_cert trusts that alone, not the system`, async () => {
    const systemTrust = { bundles: [file("system.pem", other.cert)] };
    await using known = await serveTls(company);
    await using bySystem = await serveTls(other);
    const caCert = file("ca.pem", company.cert);
    const transport = createTransport({ verificationMode, caCert, warn: () => {}, systemTrust });
    assert.deepEqual([await get(known.url, transport), await get(bySystem.url, transport)], [
      "hello",
      UNKNOWN,
    ]);
    transport.close();
  });

  Deno.test(`mode ${verificationMode} trusts an authority that is installed while it runs`, async () => {
    const path = file("installed.pem", company.cert);
    const systemTrust = { bundles: [path] };
    await using server = await serveTls(other);
    const clock = new FakeClock();
    const transport = new RenewingTransport({
      verificationMode,
      warn: () => {},
      clock,
      systemTrust,
    });
    assert.deepEqual(transport.files, [path]);
    assert.equal(await get(server.url, transport), UNKNOWN);
    file("installed.pem", company.cert + other.cert);
    assert.equal(await get(server.url, transport), "hello");
    transport.close();
  });
}

Deno.test("a machine without authorities is warned of, and trusts nobody", async () => {
  const systemTrust = { bundles: [file("empty.pem", "")] };
  await using server = await serveTls(other);
  const warnings: string[] = [];
  const transport = createTransport({
    verificationMode: "full",
    warn: (text) => void warnings.push(text),
    systemTrust,
  });
  assert.match(warnings.join(), /no certificate authorities are installed .* or set ca_cert$/);
  assert.equal(await get(server.url, transport), UNKNOWN);
  transport.close();
});

Deno.test("readSystemTrust() leaves out what is damaged, and what is there twice", () => {
  const damaged = company.cert.replace(/^[A-Za-z0-9+/]{8}/m, "AAAAAAAA");
  const path = file("damaged.pem", [damaged, other.cert, company.cert, other.cert].join("\n"));
  assert.equal(readSystemTrust({ bundles: [path], platform: "linux" })?.length, 2);
});

Deno.test("systemTrustFiles() takes the first bundle that is there", () => {
  const bundle = file("bundle.crt", company.cert);
  const bundles = [join(folder, "none"), bundle, file("second.crt", other.cert)];
  assert.deepEqual(systemTrustFiles({ bundles, platform: "linux" }), [bundle]);
  assert.deepEqual(systemTrustFiles({ bundles: [], platform: "linux" }), []);
  assert.equal(systemTrustFiles({ bundles, platform: "darwin" }), undefined);
});
