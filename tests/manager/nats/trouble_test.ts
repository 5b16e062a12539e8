import assert from "node:assert/strict";
import { nkeys } from "@nats-io/transport-node";
import { makeCredentials } from "../../support/nats_credentials.ts";
import { createTestAuthority } from "../../support/tls.ts";
import { NatsServer, natsTest } from "../../support/nats_server.ts";
import {
  announce,
  change,
  Consumer,
  keepAlive,
  LoggedLines,
  PublisherScene,
  until,
} from "./scene.ts";

const AGENT = "01900000-0000-7000-8000-000000000001";
const USER = `authorization: { user: "manager", password: "right" }`;

/** Opens a publisher that must get through, and publishes with it. */
async function assertPublishes(scene: PublisherScene, nats: Record<string, unknown>) {
  const publisher = await scene.open(nats);
  announce(publisher, keepAlive());
  await until(() => publisher.stats().nats?.published === 1, "published");
}

natsTest("publisher logs in with user and password, and says when they are wrong", async () => {
  await using server = await NatsServer.start(USER);
  await using scene = new PublisherScene();
  using logged = new LoggedLines();
  const password_file = scene.secret("password", "wrong\n");
  const options = { servers: [server.url], user: "manager", password_file };
  const publisher = await scene.open(options);
  announce(publisher, keepAlive());
  const failed = await scene.audited("connect_failed");
  assert.equal(failed.code, "credentials_refused");
  await until(() => (publisher.stats().nats?.failures ?? 0) >= 5, "5 failures");
  const warnings = logged.lines.filter((line) => line.startsWith("warning"));
  assert.deepEqual(warnings, [
    `warning Cannot connect to NATS at ${server.url}: the credentials were refused ` +
    "(Authorization Violation)",
  ]);
  assert.equal(publisher.stats().nats?.waiting, 1);
  // A password that is put right is used without a restart.
  scene.secret("password", "right\n");
  await until(() => publisher.stats().nats?.published === 1, "published");
  const trail = await Deno.readTextFile(scene.auditPath);
  assert.ok(!/"(right|wrong)/.test(trail + logged.lines.join()), "no password is written down");
});

natsTest("publisher logs in with a token", async () => {
  await using server = await NatsServer.start(`authorization: { token: "s3cret" }`);
  await using scene = new PublisherScene();
  const token_file = scene.secret("token", "s3cret\n");
  await assertPublishes(scene, { servers: [server.url], token_file });
});

natsTest("publisher logs in with an NKey", async () => {
  const user = nkeys.createUser();
  await using server = await NatsServer.start(
    `authorization: { users: [{ nkey: "${user.getPublicKey()}" }] }`,
  );
  await using scene = new PublisherScene();
  const seed = new TextDecoder().decode(user.getSeed());
  const nkey_seed_file = scene.secret("seed", `${seed}\n`);
  await assertPublishes(scene, { servers: [server.url], nkey_seed_file });
});

natsTest("publisher logs in with a credentials file, and not with another one", async () => {
  const [known, unknown] = [makeCredentials(), makeCredentials()];
  await using server = await NatsServer.start(known.config);
  await using scene = new PublisherScene();
  const creds_file = scene.secret("user.creds", unknown.creds);
  using _logged = new LoggedLines();
  const publisher = await scene.open({ servers: [server.url], creds_file });
  assert.equal((await scene.audited("connect_failed")).code, "credentials_refused");
  scene.secret("user.creds", known.creds);
  announce(publisher, keepAlive());
  await until(() => publisher.stats().nats?.published === 1, "published");
});

natsTest("publisher trusts the authority it is told to, and no other", async () => {
  const [ours, theirs] = await Promise.all([createTestAuthority(), createTestAuthority("Other")]);
  const certificate = await ours.issue(["127.0.0.1"]);
  await using scene = new PublisherScene();
  const [cert, key] = [
    scene.secret("cert.pem", certificate.cert),
    scene.secret("key.pem", certificate.key),
  ];
  await using server = await NatsServer.start(
    `tls: { cert_file: "${cert}", key_file: "${key}" }`,
  );
  using logged = new LoggedLines();
  const untrusting = { servers: [server.url], tls: { ca: scene.secret("ca.pem", theirs.cert) } };
  const publisher = await scene.open(untrusting);
  announce(publisher, keepAlive());
  assert.equal((await scene.audited("connect_failed")).code, "certificate_untrusted");
  assert.match(logged.lines[0] ?? "", /^warning Cannot connect .* its certificate is not trusted/);
  const trusting = await scene.open({
    servers: [server.url],
    tls: { ca: scene.secret("ca.pem", ours.cert) },
  });
  await until(() => trusting.stats().nats?.published === 1, "published");
});

natsTest("publisher shows its certificate to a server that asks for one", async () => {
  const authority = await createTestAuthority();
  const issued = await Promise.all([authority.issue(["127.0.0.1"]), authority.issue(["manager"])]);
  await using scene = new PublisherScene();
  const ca = scene.secret("ca.pem", authority.cert);
  const [server, own] = issued.map((one, index) => ({
    cert: scene.secret(`cert${index}.pem`, one.cert),
    key: scene.secret(`key${index}.pem`, one.key),
  }));
  await using nats = await NatsServer.start(
    `tls: { cert_file: "${server?.cert}", key_file: "${server?.key}", ca_file: "${ca}", verify: true }`,
  );
  await assertPublishes(scene, { servers: [nats.url], tls: { ca, ...own } });
});

for (const jetstream of [false, true]) {
  const how = jetstream ? "with JetStream" : "without JetStream";
  natsTest(
    `publisher ${how} sets aside what it may not publish, and publishes the rest`,
    async () => {
      await using server = await NatsServer.startJetStream(
        `authorization: { users: [
        { user: "watcher", password: "right" },
        { user: "manager", password: "right", permissions: {
          publish: { allow: ["wazuh.xdr.>", "$JS.>"], deny: ["wazuh.xdr.manager.keepalive.*"] },
        } },
      ] }`,
      );
      await using scene = new PublisherScene();
      using logged = new LoggedLines();
      const password_file = scene.secret("password", "right");
      await using consumer = await Consumer.open(server.url, { user: "watcher", password_file });
      const publisher = await scene.open({
        servers: [server.url],
        user: "manager",
        password_file,
        jetstream,
      });
      for (let index = 0; index < 10; index++) announce(publisher, keepAlive());
      announce(publisher, change({ previous: "disconnected", current: "active" }));
      await until(() => publisher.stats().nats?.set_aside === 10, "10 set aside");
      const { published, set_aside, connected_to } = publisher.stats().nats ?? {};
      assert.deepEqual([published, set_aside], [1, 10]);
      assert.equal(connected_to, server.url.replace("nats://", ""));
      assert.deepEqual(
        (await consumer.messages(1)).map(({ subject }) => subject),
        [`wazuh.xdr.agent.${AGENT}.status_change`],
      );
      assert.ok(logged.lines.some((line) => /refuses messages: not permitted/.test(line)));
      const { document } = await scene.audited("set_aside");
      assert.equal((document as { event: { agent_id: string } }).event.agent_id, AGENT);
      const tries = (await scene.audit()).filter(({ event }) => event === "publish_failed");
      assert.equal(tries.length, 20);
    },
  );
}

natsTest(
  "publisher gives a server up that greets nobody, and keeps no connection to it",
  async () => {
    await using scene = new PublisherScene();
    using stalled = new StalledServer();
    const publisher = await scene.open({ servers: [stalled.url], connect_timeout: "30ms" });
    for (let index = 0; index < 1_000; index++) announce(publisher, change());
    await until(() => stalled.accepted >= 5, "5 attempts");
    await until(() => stalled.open <= 1, "one connection at most");
    const failed = await scene.audited("connect_failed");
    assert.equal(failed.code, "timeout");
    assert.equal(publisher.stats().nats?.waiting, 2_000);
  },
);

natsTest("publisher ends at once while a server keeps it waiting", async () => {
  await using scene = new PublisherScene();
  using stalled = new StalledServer();
  const publisher = await scene.open({ servers: [stalled.url], connect_timeout: "10m" });
  await until(() => stalled.accepted === 1, "connected");
  await publisher.close();
  await until(() => stalled.open === 0, "disconnected");
});

for (const jetstream of [false, true]) {
  const how = jetstream ? "with JetStream" : "without JetStream";
  natsTest(`publisher ${how} outlasts a server that stands still`, async () => {
    await using server = await NatsServer.startJetStream();
    await using scene = new PublisherScene();
    const publisher = await scene.open({
      servers: [server.url],
      jetstream,
      publish_timeout: "50ms",
      connect_timeout: "50ms",
    });
    await scene.audited("connected");
    server.freeze();
    for (let index = 0; index < 1_000; index++) announce(publisher, keepAlive());
    await scene.audited("publish_failed");
    await until(() => (publisher.stats().nats?.failures ?? 0) >= 3, "3 failures");
    assert.equal(publisher.stats().nats?.waiting, 1_000);
    server.thaw();
    await until(() => publisher.stats().nats?.waiting === 0, "everything published");
  });
}

natsTest(
  "publisher gives NATS up after max_reconnects, and still stores what happens",
  async () => {
    await using server = await NatsServer.start();
    await server.goAway();
    await using scene = new PublisherScene();
    using logged = new LoggedLines();
    const publisher = await scene.open({ servers: [server.url], max_reconnects: 2 });
    assert.equal((await scene.audited("gave_up")).attempts, 3);
    assert.ok(logged.lines.some((line) => /^error Gave NATS up after 3 attempts/.test(line)));
    announce(publisher, keepAlive());
    await until(() => publisher.stats().nats?.waiting === 1, "stored");
  },
);

natsTest("publisher goes on with the next server of its list", async () => {
  await using gone = await NatsServer.start();
  await using there = await NatsServer.start();
  await gone.goAway();
  await using scene = new PublisherScene();
  await assertPublishes(scene, { servers: [gone.url, there.url] });
});

/** Accepts connections and says nothing. */
class StalledServer implements Disposable {
  accepted = 0;
  open = 0;
  readonly #listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });

  constructor() {
    this.#accept();
  }

  get url(): string {
    return `nats://127.0.0.1:${this.#listener.addr.port}`;
  }

  [Symbol.dispose](): void {
    this.#listener.close();
  }

  async #accept(): Promise<void> {
    for await (const connection of this.#listener) {
      this.accepted++;
      this.open++;
      this.#hold(connection);
    }
  }

  async #hold(connection: Deno.Conn): Promise<void> {
    using _closing = connection;
    await connection.read(new Uint8Array(1)).catch(() => null);
    this.open--;
  }
}
