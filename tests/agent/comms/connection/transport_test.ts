import assert from "node:assert/strict";
import { join } from "node:path";
import { ServerConnection } from "../../../../src/agent/comms/connection/server_connection.ts";
import {
  createTransport,
  type TransportOptions,
} from "../../../../src/agent/comms/connection/transport.ts";
import { AgentError } from "../../../../src/shared/errors.ts";
import { FakeClock } from "../../../support/fake_clock.ts";
import { type CertifiedKey, createTestAuthority } from "../../../support/tls.ts";

const authority = await createTestAuthority();
const folder = await Deno.makeTempDir();
addEventListener("unload", () => Deno.removeSync(folder, { recursive: true }));

const files = {
  right: file("ca.pem", authority.cert),
  other: file("other_ca.pem", (await createTestAuthority("Other CA")).cert),
};
const certificates = {
  good: await authority.issue(["localhost", "127.0.0.1"]),
  wrongName: await authority.issue(["elsewhere.example"]),
  expired: await authority.issue(["localhost"], { notBeforeMs: Date.now() - 10 * 86_400_000 }),
};

function file(name: string, text: string): string {
  const path = join(folder, name);
  Deno.writeTextFileSync(path, text);
  return path;
}

/** Starts a TLS server; the function it gives makes one request and tells what came of it. */
function serveTls(certificate: CertifiedKey, handler: Deno.ServeHandler<Deno.NetAddr>) {
  const options = { hostname: "127.0.0.1", port: 0, onListen: () => {}, ...certificate };
  const server = Deno.serve(options, handler);
  return {
    url: `https://localhost:${server.addr.port}`,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

async function get(url: string, options: TransportOptions): Promise<string> {
  const transport = createTransport({ warn: () => {}, ...options });
  try {
    const connection = new ServerConnection({ serverUrl: url, ...transport, userAgent: "test" });
    const exchange = await connection.send({
      method: "GET",
      path: "/",
      timeoutMs: 10_000,
      maxBytes: 1000,
      signal: new AbortController().signal,
    });
    return exchange.kind === "answer"
      ? new TextDecoder().decode(exchange.bytes)
      : exchange.failure.kind;
  } finally {
    transport.close();
  }
}

const CASES: [keyof typeof certificates, keyof typeof files, Record<string, string>][] = [
  ["good", "right", { full: "hello", certificate: "hello", none: "hello" }],
  ["good", "other", { full: "certificate", certificate: "certificate", none: "hello" }],
  ["wrongName", "right", { full: "certificate", certificate: "hello", none: "hello" }],
  ["wrongName", "other", { full: "certificate", certificate: "certificate", none: "hello" }],
  ["expired", "right", { full: "certificate", certificate: "certificate", none: "hello" }],
];

for (const [certificate, ca, expected] of CASES) {
  Deno.test(`createTransport() with ${certificate} certificate and ${ca} CA`, async () => {
    await using server = serveTls(certificates[certificate], () => new Response("hello"));
    for (const mode of ["full", "certificate", "none"] as const) {
      const options = { verificationMode: mode, caCert: files[ca] };
      assert.equal(await get(server.url, options), expected[mode], mode);
    }
  });
}

for (const mode of ["full", "certificate", "none"] as const) {
  Deno.test(`createTransport() uses one connection for many requests (${mode})`, async () => {
    const ports = new Set<number>();
    await using server = serveTls(certificates.good, async (request, { remoteAddr }) => {
      ports.add(remoteAddr.port);
      return new Response(`${(await request.bytes()).length}`);
    });
    const transport = createTransport({
      verificationMode: mode,
      caCert: files.right,
      warn: () => {},
    });
    try {
      for (const size of [10, 100_000, 0]) {
        const body = new Uint8Array(size);
        const response = await transport.fetch(server.url, { method: "POST", body });
        assert.equal(await response.text(), `${size}`);
      }
    } finally {
      transport.close();
    }
    assert.equal(ports.size, 1);
  });

  Deno.test(`createTransport() lets a request that waits be aborted (${mode})`, async () => {
    const arrived = Promise.withResolvers<void>();
    const release = Promise.withResolvers<Response>();
    await using server = serveTls(certificates.good, () => {
      arrived.resolve();
      return release.promise;
    });
    const transport = createTransport({
      verificationMode: mode,
      caCert: files.right,
      warn: () => {},
    });
    const controller = new AbortController();
    const request = transport.fetch(server.url, { signal: controller.signal });
    await arrived.promise;
    controller.abort(new Error("stop now"));
    await assert.rejects(request, /stop now/);
    transport.close();
    release.resolve(new Response());
  });

  Deno.test(`createTransport() lets a request over a connection that was kept be aborted (${mode})`, async () => {
    const arrived = Promise.withResolvers<void>();
    const release = Promise.withResolvers<Response>();
    await using server = serveTls(certificates.good, async (request) => {
      await request.bytes();
      if (request.url.endsWith("/quick")) return new Response();
      arrived.resolve();
      return await release.promise;
    });
    const transport = createTransport({
      verificationMode: mode,
      caCert: files.right,
      warn: () => {},
    });
    const controller = new AbortController();
    const init = { method: "POST", body: new Uint8Array(10), signal: controller.signal };
    await (await transport.fetch(`${server.url}/quick`, init)).bytes();
    const request = transport.fetch(server.url, init);
    await arrived.promise;
    controller.abort(new Error("stop now"));
    await assert.rejects(request, /stop now/);
    transport.close();
    release.resolve(new Response());
  });

  Deno.test(`createTransport() ends an answer that stalls at the time limit (${mode})`, async () => {
    const arrived = Promise.withResolvers<void>();
    await using server = serveTls(certificates.good, () => {
      arrived.resolve();
      const stalled = new ReadableStream<Uint8Array<ArrayBuffer>>({
        start: (controller) => controller.enqueue(new Uint8Array(1)),
      });
      return new Response(stalled);
    });
    const transport = createTransport({
      verificationMode: mode,
      caCert: files.right,
      warn: () => {},
    });
    const clock = new FakeClock();
    const connection = new ServerConnection({
      serverUrl: server.url,
      fetch: transport.fetch,
      userAgent: "test",
      clock,
    });
    const signal = new AbortController().signal;
    const request = { method: "GET", path: "/", timeoutMs: 5_000, maxBytes: 10, signal } as const;
    const sent = connection.send(request);
    await arrived.promise;
    await clock.advance(5_000);
    const exchange = await sent;
    assert.equal(exchange.kind === "failure" && exchange.failure.kind, "timeout");
    transport.close();
  });
}

Deno.test("createTransport() passes status, headers and empty answers on without checks too", async () => {
  await using server = serveTls(certificates.good, (request) => {
    const headers = { "x-method": request.method, "x-seen": request.headers.get("x-sent") ?? "" };
    return new Response(null, { status: 204, headers });
  });
  const transport = createTransport({ verificationMode: "none", warn: () => {} });
  const response = await transport.fetch(server.url, { headers: { "x-sent": "yes" } });
  assert.equal(response.status, 204);
  assert.equal(response.body, null);
  assert.equal(response.headers.get("x-method"), "GET");
  assert.equal(response.headers.get("x-seen"), "yes");
  transport.close();
});

Deno.test("createTransport() warns once about each way of being less safe", async () => {
  const warnings: string[] = [];
  const warn = (text: string) => void warnings.push(text);
  const plain = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    () => new Response("x"),
  );
  const transport = createTransport({ verificationMode: "full", warn });
  for (let count = 0; count < 3; count++) {
    await (await transport.fetch(`http://127.0.0.1:${plain.addr.port}/`, {})).text();
  }
  transport.close();
  await plain.shutdown();
  createTransport({ verificationMode: "certificate", warn }).close();
  createTransport({ verificationMode: "none", warn }).close();
  assert.equal(warnings.length, 3);
  assert.match(warnings.join("\n"), /unencrypted\n.*host name is NOT checked.*\n.*NOT checked/);
});

Deno.test("createTransport() presents a client certificate that belongs to its key", () => {
  const cert = file("client.pem", certificates.good.cert);
  const key = file("client.key", certificates.good.key);
  createTransport({ verificationMode: "full", clientCert: cert, clientKey: key }).close();
});

Deno.test("createTransport() names the option and the file that it can't use", () => {
  const cert = file("client.pem", certificates.good.cert);
  const junk = file("junk.pem", "nothing");
  const damaged = file(
    "damaged.pem",
    "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
  );
  const otherKey = file("other.key", certificates.expired.key);
  const missing = join(folder, "missing.pem");
  const cases: [Partial<TransportOptions>, RegExp][] = [
    [{ caCert: missing }, /Cannot read ca_cert ".*missing\.pem": no such file$/],
    [{ caCert: junk }, /Cannot use ca_cert ".*junk\.pem": no certificate in it$/],
    [{ caCert: damaged }, /Cannot use ca_cert ".*damaged\.pem": it is damaged$/],
    [{ clientCert: cert }, /Cannot use client_cert without client_key$/],
    [{ clientKey: otherKey }, /Cannot use client_key without client_cert$/],
    [{ clientCert: cert, clientKey: junk }, /Cannot use client_key ".*junk\.pem": it is damaged$/],
    [{ clientCert: cert, clientKey: otherKey }, /"[^"]*other\.key": it does not belong to/],
  ];
  for (const [options, message] of cases) {
    assert.throws(
      () => createTransport({ verificationMode: "full", ...options }),
      (error) =>
        error instanceof AgentError && error.code === "config_invalid" &&
        message.test(error.message) && error.hint !== undefined,
      String(message),
    );
  }
});

Deno.test("createTransport() keeps a connection that breaks within a body from ending the process", () => {
  createTransport({ verificationMode: "none", warn: () => {} }).close();
  const isLeftToDeno = (reason: unknown) => {
    const promise = Promise.resolve();
    const init = { promise, reason, cancelable: true };
    return globalThis.dispatchEvent(new PromiseRejectionEvent("unhandledrejection", init));
  };
  assert.equal(isLeftToDeno(new TypeError("error reading a body from connection")), false);
  assert.equal(isLeftToDeno(new TypeError("x is not a function")), true);
});
