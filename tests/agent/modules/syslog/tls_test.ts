import assert from "node:assert/strict";
import { createTestAuthority, type TestAuthority } from "../../../support/tls.ts";
import type { TempFolder } from "../../../support/queues.ts";
import { send, SyslogScene } from "./support/syslog_scene.ts";

/** Runtimes before 2.9 cannot ask for certificates; then the input says so. */
const [major = 0, minor = 0] = Deno.version.deno.split(".").map(Number);
const canAsk = major > 2 || minor >= 9;

async function tlsScene(authority: TestAuthority, withClients: boolean): Promise<SyslogScene> {
  const { cert, key } = await authority.issue(["localhost", "127.0.0.1"]);
  const write = (folder: TempFolder, name: string, text: string) => {
    Deno.writeTextFileSync(folder.file(name), text);
    return folder.file(name);
  };
  return await SyslogScene.open({
    inputs: (folder) => [{
      protocol: "tls",
      listen: ":0",
      certificate: write(folder, "cert.pem", cert),
      key: write(folder, "key.pem", key),
      ...(withClients && { client_ca: write(folder, "ca.pem", authority.cert) }),
    }],
  });
}

async function connect(
  scene: SyslogScene,
  authority: TestAuthority,
  own?: { cert: string; key: string },
): Promise<Deno.TlsConn> {
  const to = { hostname: "localhost", port: scene.port("tls"), caCerts: [authority.cert] };
  return await Deno.connectTls(own === undefined ? to : { ...to, ...own });
}

Deno.test("Syslog receives over TLS", async () => {
  const authority = await createTestAuthority();
  await using scene = await tlsScene(authority, false);
  const connection = await connect(scene, authority);
  await send(connection, "6 <13>a\n6 <13>b\n");
  assert.deepEqual(await scene.received(2), ["<13>a", "<13>b"]);
  connection.close();
  const [event] = scene.events;
  assert.equal(event?.data.input.type, "tls");
  assert.equal(event?.data.source?.ip, "127.0.0.1");
});

Deno.test("Syslog cuts a connection that does not speak TLS, and receives by others", async () => {
  const authority = await createTestAuthority();
  await using scene = await tlsScene(authority, false);
  const plain = await Deno.connect({ hostname: "127.0.0.1", port: scene.port("tls") });
  await send(plain, "<13>in the clear\n");
  await scene.counts("failed_handshakes", 1);
  plain.close();
  const connection = await connect(scene, authority);
  await send(connection, "<13>a\n");
  assert.deepEqual(await scene.received(1), ["<13>a"]);
  connection.close();
});

if (canAsk) {
  Deno.test("Syslog with client_ca receives from those alone who have a certificate of it", async () => {
    const [authority, other] = [await createTestAuthority(), await createTestAuthority("Other")];
    await using scene = await tlsScene(authority, true);
    const known = await connect(scene, authority, await authority.issue(["web1"]));
    await send(known, "<13>known\n");
    assert.deepEqual(await scene.received(1), ["<13>known"]);
    assert.match(scene.events[0]?.data.tls?.client.subject ?? "", /CN=/);
    known.close();
    for (const own of [undefined, await other.issue(["web1"])]) {
      const refused = scene.details.failed_handshakes ?? 0;
      const connection = await connect(scene, authority, own);
      // A client of TLS 1.3 may write before it learns that it is refused.
      await send(connection, "<13>unknown\n").catch(() => {});
      await scene.counts("failed_handshakes", refused + 1);
      connection.close();
    }
    await scene.counts("connections", 0);
    assert.deepEqual(scene.originals, ["<13>known"]);
    assert.match(scene.complaints[0] ?? "", /was cut: TLS failed: /);
  });
} else {
  Deno.test("Syslog says that this runtime cannot ask for certificates (client_ca not tried here)", async () => {
    await using scene = await tlsScene(await createTestAuthority(), true);
    assert.match(scene.syslog.report().lastError ?? "", /cannot ask clients for certificates$/);
  });
}
