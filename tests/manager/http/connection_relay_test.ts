/**
 * Attacks on the manager's ports, for real: over TCP, on the loopback address, bounded in number.
 */
import assert from "node:assert/strict";
import { DEFAULTS } from "../../../src/manager/config/manager_options.ts";
import type { OpenOptions } from "../../../src/manager/manager.ts";
import { type RunningManager, startManager } from "../../../src/manager/server.ts";
import { FakeClock } from "../../support/fake_clock.ts";
import { TestClient } from "../harness.ts";

class Scene implements AsyncDisposable {
  readonly connections: Deno.TcpConn[] = [];

  private constructor(readonly running: RunningManager, readonly clock: FakeClock) {}

  static async open(options: OpenOptions = {}): Promise<Scene> {
    const clock = new FakeClock();
    const ports = { managementPort: 0, commsPort: 0, http: true };
    return new Scene(await startManager({ ...ports, clock, ...options }), clock);
  }

  get client(): TestClient {
    const { managementUrl, commsUrl } = this.running;
    return new TestClient(fetch, managementUrl, commsUrl);
  }

  async connect(text = ""): Promise<Deno.TcpConn> {
    const port = Number(new URL(this.running.commsUrl).port);
    const connection = await Deno.connect({ hostname: "127.0.0.1", port });
    this.connections.push(connection);
    if (text !== "") await connection.write(new TextEncoder().encode(text));
    return connection;
  }

  async isAnswered(): Promise<boolean> {
    const answer = await this.client.fetch(`${this.running.commsUrl}/api/v1`);
    await answer.body?.cancel();
    return answer.ok;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const connection of this.connections) {
      try {
        connection.close();
      } catch {
        // Closed in the test.
      }
    }
    await this.running.stop();
  }
}

/** What the other side says until it closes the connection. */
async function readToEnd(connection: Deno.TcpConn): Promise<string> {
  let text = "";
  const buffer = new Uint8Array(4_096);
  for (;;) {
    const bytes = await connection.read(buffer).catch(() => null);
    if (bytes === null) return text;
    text += new TextDecoder().decode(buffer.subarray(0, bytes));
  }
}

const HALF_HEAD = "GET /api/v1 HTTP/1.1\r\nHost: manag";
const HEAD = "GET /api/v1 HTTP/1.1\r\nHost: manager\r\n\r\n";

Deno.test("500 connections with half a head are cut when their time is over, and others are answered meanwhile", async () => {
  await using scene = await Scene.open({ headTimeoutMs: 10_000 });
  const half = await Promise.all(Array.from({ length: 500 }, () => scene.connect(HALF_HEAD)));
  assert.ok(await scene.isAnswered());
  const ends = Promise.all(half.map(readToEnd));
  await scene.clock.advance(11_000);
  assert.deepEqual(new Set(await ends), new Set([""]));
  assert.ok(await scene.isAnswered());
});

Deno.test("connections that only begin TLS are cut like half heads", async () => {
  await using scene = await Scene.open({ http: false });
  const silent = await Promise.all([scene.connect(), scene.connect("\x16\x03\x01")]);
  const ends = Promise.all(silent.map(readToEnd));
  await scene.clock.advance(11_000);
  assert.deepEqual(await ends, ["", ""]);
});

Deno.test("connections beyond those that an address may have are refused", async () => {
  await using scene = await Scene.open({ maxConnectionsPerAddress: 5 });
  const open = await Promise.all(Array.from({ length: 5 }, () => scene.connect(HALF_HEAD)));
  const refused = await Promise.all(Array.from({ length: 20 }, () => scene.connect()));
  assert.deepEqual(new Set(await Promise.all(refused.map(readToEnd))), new Set([""]));
  open[0]?.close();
  while (true) {
    const retry = await scene.connect(HEAD.replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n"));
    if ((await readToEnd(retry)).startsWith("HTTP/1.1 200")) break;
  }
});

Deno.test("a new connection takes the place of one that never had a request, not of one that has", async () => {
  await using scene = await Scene.open({ maxConnections: 3 });
  const agent = await scene.connect(HEAD);
  const buffer = new Uint8Array(4_096);
  assert.ok(await agent.read(buffer));
  const attackers = [await scene.connect(HALF_HEAD), await scene.connect(HALF_HEAD)];
  await scene.connect(HALF_HEAD);
  assert.equal(await readToEnd(attackers[0] ?? agent), "");
  await agent.write(new TextEncoder().encode(HEAD));
  assert.ok(await agent.read(buffer), "the connection that was used is open still");
});

Deno.test("half-sent bodies without a token are refused by their head, and take no memory", async () => {
  await using scene = await Scene.open();
  const before = Deno.memoryUsage().rss;
  const head =
    "POST /api/v1/authentication HTTP/1.1\r\nHost: m\r\nContent-Type: application/json\r\n" +
    "Content-Length: 9000000\r\n\r\n";
  const halves = await Promise.all(
    Array.from({ length: 150 }, () => scene.connect(head + "x".repeat(10_000))),
  );
  const answers = await Promise.all(halves.map(async (connection) => {
    const buffer = new Uint8Array(4_096);
    const bytes = await connection.read(buffer);
    return new TextDecoder().decode(buffer.subarray(0, bytes ?? 0)).slice(0, 12);
  }));
  assert.deepEqual(new Set(answers), new Set(["HTTP/1.1 413"]));
  const grownBytes = Deno.memoryUsage().rss - before;
  assert.ok(grownBytes < 150_000_000, `${grownBytes} bytes more`);
});

Deno.test("a poll that is held and a connection between two requests are left alone for their time", async () => {
  await using scene = await Scene.open({
    pollTimeoutMs: 30_000,
    idleTimeoutMs: 12_000,
    keepAlive: { ...DEFAULTS.keepAlive, enabled: false },
  });
  const agent = await scene.client.enrol();
  const poll = agent.get("/api/v1/commands");
  const idle = await scene.connect(HEAD);
  assert.ok(await idle.read(new Uint8Array(4_096)));
  while (scene.running.manager.polls.size === 0) await new Promise((done) => setTimeout(done, 1));
  await scene.clock.advance(10_000);
  assert.equal(scene.running.manager.polls.size, 1);
  const end = readToEnd(idle);
  await scene.clock.advance(4_000);
  assert.equal(await end, "");
  await scene.clock.advance(30_000);
  assert.equal((await poll).status, 408);
});

Deno.test("a client behind the relay is known by its own address", async () => {
  await using scene = await Scene.open();
  const agent = await scene.client.enrol();
  await (await agent.get("/api/v1/files?file_name=a.yml")).body?.cancel();
  const { agents } = scene.running.manager.keepAlive.views.list({ limit: 1, after: "" });
  assert.equal(agents[0]?.ip, "127.0.0.1");
});
