import assert from "node:assert/strict";
import { RenewingTransport } from "../../../../src/agent/comms/connection/renewing_transport.ts";
import { TlsFileError } from "../../../../src/agent/comms/tls/tls_files.ts";
import { FakeClock } from "../../../support/fake_clock.ts";
import { TempFolder } from "../../../support/queues.ts";
import {
  type CertifiedKey,
  createTestAuthority,
  type TestAuthority,
} from "../../../support/tls.ts";

const MODES = ["full", "certificate", "none"] as const;
const authorities = { first: await createTestAuthority(), second: await createTestAuthority() };
const FIVE_MINUTES_MS = 300_000;

/** Starts a TLS server that says `hello`. */
async function serve(
  authority: TestAuthority,
  handler: Deno.ServeHandler = () => new Response("hello"),
) {
  const certificate = await authority.issue(["localhost"]);
  const server = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen() {}, ...certificate },
    handler,
  );
  return {
    url: `https://localhost:${server.addr.port}`,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

/** A transport and its files in `folder`, which trust the first authority. */
function build(folder: TempFolder, verificationMode: typeof MODES[number], own?: CertifiedKey) {
  const caCert = folder.file("ca.pem");
  const clientCert = folder.file("client.pem");
  const clientKey = folder.file("client.key");
  const write = (ca: string) => Deno.writeTextFileSync(caCert, ca);
  const writeOwn = ({ cert, key }: CertifiedKey) => {
    Deno.writeTextFileSync(clientCert, cert);
    Deno.writeTextFileSync(clientKey, key);
  };
  write(authorities.first.cert);
  if (own !== undefined) writeOwn(own);
  const clock = new FakeClock();
  const transport = new RenewingTransport({
    verificationMode,
    caCert,
    ...(own !== undefined && { clientCert, clientKey }),
    clock,
    warn: () => {},
  });
  const get = async (url: string) => await (await transport.fetch(url, {})).text();
  return { transport, clock, write, writeOwn, get, [Symbol.dispose]: () => transport.close() };
}

for (const mode of MODES) {
  Deno.test(`RenewingTransport takes a new authority in the middle of the request that needs it (${mode})`, async () => {
    using folder = new TempFolder();
    using agent = build(folder, mode);
    await using before = await serve(authorities.first);
    assert.equal(await agent.get(before.url), "hello");
    await using after = await serve(authorities.second);
    if (mode !== "none") await assert.rejects(agent.get(after.url));
    agent.write(authorities.second.cert);
    assert.equal(await agent.get(after.url), "hello");
    if (mode !== "none") assert.deepEqual(agent.transport.renew(), []);
  });

  Deno.test(`RenewingTransport.renew() leaves a request under way in peace, and sends the next with the new files (${mode})`, async () => {
    using folder = new TempFolder();
    using agent = build(folder, mode);
    const held = Promise.withResolvers<Response>();
    const arrived = Promise.withResolvers<void>();
    await using server = await serve(authorities.first, ({ url }) => {
      if (new URL(url).pathname !== "/poll") return new Response("hello");
      arrived.resolve();
      return held.promise;
    });
    const poll = agent.get(`${server.url}/poll`);
    await arrived.promise;
    agent.write(authorities.second.cert);
    assert.deepEqual(agent.transport.renew(), ["ca_cert"]);
    if (mode === "none") assert.equal(await agent.get(server.url), "hello");
    else await assert.rejects(agent.get(server.url));
    held.resolve(new Response("order"));
    assert.equal(await poll, "order");
  });

  Deno.test(`RenewingTransport takes a new certificate of its own and its key together (${mode})`, async () => {
    using folder = new TempFolder();
    const [first, second] = [
      await authorities.first.issue(["agent"]),
      await authorities.first.issue(["agent"]),
    ];
    using agent = build(folder, mode, first);
    agent.writeOwn({ cert: second.cert, key: first.key });
    assert.throws(() => agent.transport.renew(), TlsFileError);
    agent.writeOwn(second);
    assert.deepEqual(agent.transport.renew(), ["client_cert", "client_key"]);
    await using server = await serve(authorities.first);
    assert.equal(await agent.get(server.url), "hello");
  });
}

Deno.test("RenewingTransport.lookNowAndThen() notices changed files by itself after five minutes", async () => {
  using folder = new TempFolder();
  using agent = build(folder, "full");
  await using server = await serve(authorities.first);
  agent.write(authorities.second.cert);
  await agent.clock.advance(FIVE_MINUTES_MS - 1);
  agent.transport.lookNowAndThen();
  assert.equal(await agent.get(server.url), "hello");
  await agent.clock.advance(1);
  agent.transport.lookNowAndThen();
  await assert.rejects(agent.get(server.url));
});

Deno.test("RenewingTransport keeps what it has when a file is gone or damaged, and takes it once it is whole", async () => {
  using folder = new TempFolder();
  using agent = build(folder, "full");
  await using server = await serve(authorities.first);
  for (const damage of ["", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"]) {
    agent.write(damage);
    assert.throws(() => agent.transport.renew(), TlsFileError);
    await agent.clock.advance(FIVE_MINUTES_MS);
    agent.transport.lookNowAndThen();
    assert.equal(await agent.get(server.url), "hello");
  }
  Deno.removeSync(folder.file("ca.pem"));
  assert.throws(() => agent.transport.renew(), TlsFileError);
  assert.equal(await agent.get(server.url), "hello");
  agent.write(authorities.first.cert + authorities.second.cert);
  assert.deepEqual(agent.transport.renew(), ["ca_cert"]);
  await using other = await serve(authorities.second);
  assert.equal(await agent.get(other.url), "hello");
});

Deno.test("RenewingTransport.files are those that are configured", () => {
  using folder = new TempFolder();
  using agent = build(folder, "full");
  assert.deepEqual(agent.transport.files, [folder.file("ca.pem")]);
});

Deno.test({
  name: "RenewingTransport.renew() does not wait for a FIFO in place of the authority's file",
  ignore: Deno.build.os === "windows",
  fn() {
    using folder = new TempFolder();
    using agent = build(folder, "full");
    Deno.removeSync(folder.file("ca.pem"));
    new Deno.Command("mkfifo", { args: [folder.file("ca.pem")] }).outputSync();
    assert.throws(() => agent.transport.renew(), /ca\.pem": it is not a regular file/);
  },
});
