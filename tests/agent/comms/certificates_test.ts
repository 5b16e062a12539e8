/** Which certificates are taken, and in which words the others are told apart. */

import assert from "node:assert/strict";
import { join } from "node:path";
import { connectionHint } from "../../../src/agent/comms/connection/connection_hint.ts";
import { ServerConnection } from "../../../src/agent/comms/connection/server_connection.ts";
import { createTransport } from "../../../src/agent/comms/connection/transport.ts";
import { type CertifiedKey, createTestAuthority, selfSign } from "../../support/tls.ts";

const DAY_MS = 86_400_000;
const authority = await createTestAuthority();
const namesake = await createTestAuthority();
const own = await selfSign(["localhost"]);
const ownOfElsewhere = await selfSign(["elsewhere.example"]);
const ownOfYesterday = await selfSign(["localhost"], { notBeforeMs: Date.now() - 3 * DAY_MS });
const ownOfTomorrow = await selfSign(["localhost"], { notBeforeMs: Date.now() + DAY_MS });
const expired = await authority.issue(["localhost"], { notBeforeMs: Date.now() - 9 * DAY_MS });
const early = await authority.issue(["localhost"], { notBeforeMs: Date.now() + 9 * DAY_MS });

const withoutNames = await authority.issue(["localhost"], { inSubjectOnly: true });
const forClients = await authority.issue(["localhost"], { forClients: true });
const oldAuthority = await createTestAuthority("Old CA", { notBeforeMs: Date.now() - 9 * DAY_MS });

/** What a person who registers is told to do, by what is wrong. */
const HINTS: readonly [RegExp, RegExp][] = [
  [/has expired/, /renewed/],
  [/not valid yet/, /clocks/],
  [/another host name/, /--url with a name/],
  [/no subjectAltName/, /subjectAltName=DNS:NAME/],
  [/not made for servers/, /serverAuth/],
  [/self-signed/, /its own certificate with --ca-cert/],
  [/known certificate authority/, /the authority that signed it with --ca-cert/],
  [/does not speak TLS/, /begin --url with http:/],
  [/not HTTP/, /begin --url with https:/],
  [/versions of TLS/, /TLS 1\.2 or newer enabled/],
];

interface Case {
  name: string;
  server: CertifiedKey;
  /** Given as `ca_cert`. */
  trusted?: string;
  full: RegExp;
  /** In the mode that does not check the name. @default as in `full` */
  certificate?: RegExp;
}

const TAKEN = /^hello$/;
const CASES: readonly Case[] = [
  { name: "its own, given", server: own, trusted: own.cert, full: TAKEN },
  {
    name: "its own, given, for another name",
    server: ownOfElsewhere,
    trusted: ownOfElsewhere.cert,
    full: /is not trusted: it is for another host name \(DNS:elsewhere\.example\)$/,
    certificate: TAKEN,
  },
  {
    name: "its own, given, expired",
    server: ownOfYesterday,
    trusted: ownOfYesterday.cert,
    full: /is not trusted: it has expired \(.*GMT\)$/,
  },
  {
    name: "its own, given, not yet valid",
    server: ownOfTomorrow,
    trusted: ownOfTomorrow.cert,
    full: /is not trusted: it is not valid yet \(before .*GMT\)$/,
  },
  {
    name: "its own, another given",
    server: own,
    trusted: ownOfElsewhere.cert,
    full: /is not trusted: it is self-signed and not the one given as ca_cert$/,
  },
  {
    name: "its own, none given",
    server: own,
    full: /is not trusted: it is self-signed, and no ca_cert is given$/,
  },
  {
    name: "one of another authority of the same name",
    server: await authority.issue(["localhost"]),
    trusted: namesake.cert,
    full:
      /is not trusted: it is not signed by a known certificate authority \(signed by CN=Test CA\)$/,
  },
  {
    name: "one of the authority with a name in its subject only",
    server: withoutNames,
    trusted: authority.cert,
    full: /it has no subjectAltName, and the name in its subject \(CN=localhost\) does not count$/,
    certificate: TAKEN,
  },
  {
    name: "one of the authority for clients",
    server: forClients,
    trusted: authority.cert,
    full: /is not trusted: it is not made for servers/,
    // There some versions of the platform say no more.
    certificate: /is not trusted: it is not (signed by a known certificate authority$|made for)/,
  },
  {
    name: "an expired one of the authority",
    server: expired,
    trusted: authority.cert,
    full: /is not trusted: it has expired/,
  },
  {
    name: "one of the authority that is not yet valid",
    server: early,
    trusted: authority.cert,
    full: /is not trusted: it is not valid yet/,
  },
];

async function ask(url: string, mode: "full" | "certificate", trusted?: string): Promise<string> {
  const folder = Deno.makeTempDirSync();
  const caCert = join(folder, "ca.pem");
  if (trusted !== undefined) Deno.writeTextFileSync(caCert, trusted);
  const transport = createTransport({
    verificationMode: mode,
    ...(trusted !== undefined && { caCert }),
    warn: () => {},
  });
  Deno.removeSync(folder, { recursive: true });
  try {
    const connection = new ServerConnection({ serverUrl: url, ...transport, userAgent: "test" });
    const exchange = await connection.send({
      method: "POST",
      path: "/",
      body: "hello",
      timeoutMs: 10_000,
      maxBytes: 1000,
      signal: new AbortController().signal,
    });
    if (exchange.kind === "answer") return new TextDecoder().decode(exchange.bytes);
    const { text, beforeSending } = exchange.failure;
    assert.equal(beforeSending, url.startsWith("https:"));
    const hint = HINTS.find(([words]) => words.test(text))?.[1] ?? /cannot be told/;
    assert.match(connectionHint(exchange.failure), hint, text);
    return text;
  } finally {
    transport.close();
  }
}

for (const { name, server: certificate, trusted, full, certificate: unnamed = full } of CASES) {
  Deno.test(`a server with a certificate that is ${name}`, async () => {
    const options = { hostname: "127.0.0.1", port: 0, onListen: () => {}, ...certificate };
    await using server = Deno.serve(options, async (request) => new Response(await request.text()));
    const url = `https://localhost:${server.addr.port}`;
    assert.match(await ask(url, "full", trusted), full);
    assert.match(await ask(url, "certificate", trusted), unnamed);
  });
}

Deno.test("a server that does not speak TLS at all is told as that, in every mode", async () => {
  await using server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    () => new Response(),
  );
  for (const mode of ["full", "certificate"] as const) {
    const text = await ask(`https://localhost:${server.addr.port}`, mode);
    assert.match(text, /: the server does not speak TLS on this port$/);
  }
});

Deno.test("a server that speaks TLS where http was meant is told as that", async () => {
  const options = { hostname: "127.0.0.1", port: 0, onListen: () => {}, ...own };
  await using server = Deno.serve(options, () => new Response());
  assert.match(await ask(`http://localhost:${server.addr.port}`, "full"), /no answer from .*TLS/);
});

/** What a server with TLS 1.1 only says to a client that offers newer ones: OpenSSL the alert, others their own version. */
const OLD_VERSIONS: readonly (readonly number[])[] = [
  // Alert, fatal, protocol_version (RFC 8446, 6).
  [0x15, 3, 1, 0, 2, 2, 70],
  // ServerHello of version 3.2 with cipher suite 0x002f (RFC 4346, 7.4.1.3).
  [0x16, 3, 2, 0, 42, 2, 0, 0, 38, 3, 2, ...Array<number>(32).fill(7), 0, 0, 0x2f, 0],
];

Deno.test("a server whose versions of TLS are too old is told as that, in every mode", async () => {
  for (const said of OLD_VERSIONS) {
    for (const mode of ["full", "certificate"] as const) {
      const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
      const answered = answerEach(listener, new Uint8Array(said));
      const text = await ask(`https://localhost:${listener.addr.port}`, mode);
      assert.match(text, /speaks only versions of TLS that are too old; 1\.2 or newer is needed$/);
      listener.close();
      await answered;
    }
  }
});

async function answerEach(listener: Deno.TcpListener, bytes: Uint8Array): Promise<void> {
  for await (const connection of listener) {
    await connection.read(new Uint8Array(4096)).catch(() => {});
    await connection.write(bytes).catch(() => {});
    connection.close();
  }
}

Deno.test("an authority of ca_cert that has expired is told, in the modes in which it counts", () => {
  const folder = Deno.makeTempDirSync();
  const caCert = join(folder, "ca.pem");
  Deno.writeTextFileSync(caCert, authority.cert + oldAuthority.cert);
  const told = (verificationMode: "full" | "none") => {
    const warnings: string[] = [];
    createTransport({ verificationMode, caCert, warn: (text) => warnings.push(text) }).close();
    return warnings.filter((text) => text.includes("ca_cert"));
  };
  const [first, ...others] = told("full");
  assert.match(first ?? "", /^ca_cert has an authority that has expired, CN=Old CA \(.*GMT\)/);
  assert.deepEqual([others, told("none")], [[], []]);
  Deno.removeSync(folder, { recursive: true });
});
