import assert from "node:assert/strict";
import { join } from "node:path";
import { proxyFor, type ProxyOptions } from "../../../../src/agent/comms/connection/proxy.ts";
import { ServerConnection } from "../../../../src/agent/comms/connection/server_connection.ts";
import { createTransport } from "../../../../src/agent/comms/connection/transport.ts";
import { ConnectProxy } from "../../../support/connect_proxy.ts";
import { createTestAuthority } from "../../../support/tls.ts";

const MODES = ["full", "certificate", "none"] as const;
const authority = await createTestAuthority();
const other = await createTestAuthority("Other CA");
const folder = await Deno.makeTempDir();
addEventListener("unload", () => Deno.removeSync(folder, { recursive: true }));
const caCert = join(folder, "ca.pem");
Deno.writeTextFileSync(caCert, authority.cert);

async function serveTls(signer = authority) {
  const certificate = await signer.issue(["localhost"]);
  const options = { hostname: "127.0.0.1", port: 0, onListen: () => {}, ...certificate };
  const server = Deno.serve(options, async (request) => new Response(await request.text()));
  return {
    place: `localhost:${server.addr.port}`,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

/** Sends each body, and tells what came of it. */
async function send(
  place: string,
  { bodies = ["hello"], mode, ...proxies }: ProxyOptions & {
    bodies?: string[];
    mode: (typeof MODES)[number];
  },
): Promise<string[]> {
  const transport = createTransport({ verificationMode: mode, caCert, warn() {}, ...proxies });
  const url = `https://${place}`;
  const connection = new ServerConnection({ serverUrl: url, ...transport, userAgent: "test" });
  try {
    return await Promise.all(bodies.map(async (body) => {
      const request = {
        method: "POST",
        path: "/",
        body,
        timeoutMs: 10_000,
        maxBytes: 1e6,
      } as const;
      const exchange = await connection.send({ ...request, signal: new AbortController().signal });
      return exchange.kind === "answer"
        ? new TextDecoder().decode(exchange.bytes)
        : exchange.failure.text;
    }));
  } finally {
    transport.close();
  }
}

for (const mode of MODES) {
  Deno.test(`mode ${mode} goes by the proxy, with user and password, several requests at once`, async () => {
    await using server = await serveTls();
    await using proxy = new ConnectProxy({ credentials: "us er:p@ss/w" });
    const bodies = ["one", "two", "x".repeat(200_000)];
    const url = proxy.url("us%20er:p%40ss%2Fw");
    assert.deepEqual(await send(server.place, { mode, proxy: url, bodies }), bodies);
    assert.equal(new Set(proxy.asked).size, 1);
    assert.equal(proxy.asked[0], server.place);
  });

  Deno.test(`mode ${mode} tells what is wrong with the proxy, and by which it went`, async () => {
    await using server = await serveTls();
    await using locked = new ConnectProxy({ credentials: "user:right" });
    await using closed = new ConnectProxy({ refusal: "403 Forbidden" });
    const dead = new ConnectProxy();
    await dead[Symbol.asyncDispose]();
    const [, lockedText = ""] = [
      0,
      ...await send(server.place, { mode, proxy: locked.url("user:wr0ng") }),
    ];
    assert.match(lockedText, /the proxy wants a user and password/);
    assert.ok(lockedText.endsWith(`(through the proxy ${locked.url()})`), lockedText);
    assert.ok(!lockedText.includes("wr0ng"));
    const [refused] = await send(server.place, { mode, proxy: closed.url() });
    assert.match(
      refused ?? "",
      /the proxy does not connect to it.* \(it answered 403\) \(through the proxy /,
    );
    const [gone] = await send(server.place, { mode, proxy: dead.url() });
    assert.equal(
      gone,
      `cannot connect to https://${server.place}: connection refused (through the proxy ${dead.url()})`,
    );
  });

  Deno.test(`mode ${mode} reaches what no_proxy names without the proxy`, async () => {
    await using server = await serveTls();
    await using proxy = new ConnectProxy();
    const sent = await send(server.place, {
      mode,
      proxy: proxy.url(),
      noProxy: "a.example,localhost",
    });
    assert.deepEqual([sent, proxy.asked], [["hello"], []]);
  });
}

for (const mode of ["full", "certificate"] as const) {
  Deno.test(`mode ${mode} checks the server's certificate behind the proxy, and says what is wrong`, async () => {
    await using server = await serveTls(other);
    await using proxy = new ConnectProxy();
    const [text] = await send(server.place, { mode, proxy: proxy.url() });
    assert.equal(
      text,
      `certificate of https://${server.place} is not trusted: it is not signed by a known certificate ` +
        `authority (signed by CN=Other CA) (through the proxy ${proxy.url()})`,
    );
  });
}

Deno.test("proxyFor() knows who is reached directly", () => {
  const isDirect = (url: string, noProxy: string) =>
    proxyFor(url, { proxy: "http://proxy:3128", noProxy }) === undefined;
  const direct = [
    ["https://a.example", "a.example"],
    ["https://b.A.example", "a.example"],
    ["https://b.a.example", " .a.example , other"],
    ["https://a.example", "*.a.example"],
    ["https://a.example", "*"],
    ["https://10.1.2.3:27000", "10.0.0.0/8"],
    ["https://10.1.2.3:27000", "10.1.2.3:27000"],
    ["https://a.example", "a.example:443"],
    ["https://[2001:db8::1]:27000", "2001:db8::/32"],
    ["https://[2001:db8::1]:27000", "[2001:db8::1]:27000"],
  ] as const;
  for (const [url, noProxy] of direct) assert.ok(isDirect(url, noProxy), `${url} ${noProxy}`);
  const proxied = [
    ["https://aa.example", "a.example"],
    ["https://a.example", "a.example:444"],
    ["https://11.1.2.3", "10.0.0.0/8, 10.0.0.0/99, x/8"],
    ["https://110.1.2.3", "10.1.2.3"],
    ["https://a.example", ""],
  ] as const;
  for (const [url, noProxy] of proxied) assert.ok(!isDirect(url, noProxy), `${url} ${noProxy}`);
});
