import assert from "node:assert/strict";
import { Agent, request as httpsRequest } from "node:https";
import type { Fetch } from "../../mock_server/in_process_fetch.ts";
import { startMockManager } from "../../mock_server/mock_manager.ts";
import { type RunningManager, startManager } from "../../src/manager/server.ts";
import { eventsBody, numbered, TestClient } from "./harness.ts";

type OpenMockOptions = NonNullable<Parameters<typeof startMockManager>[0]>;

const FREE_PORTS = { managementPort: 0, commsPort: 0 };

/** A manager on real ports, and a client that trusts its authority. */
class Ports implements AsyncDisposable {
  private constructor(
    readonly running: RunningManager,
    readonly client: TestClient,
    readonly http: Deno.HttpClient,
  ) {}

  static async open(options: OpenMockOptions = {}): Promise<Ports> {
    const start = options.faults === undefined ? startManager : startMockManager;
    const running = await start({ ...FREE_PORTS, ...options });
    const { caCertPath, managementUrl, commsUrl } = running;
    const caCerts = caCertPath === undefined ? [] : [await Deno.readTextFile(caCertPath)];
    const http = Deno.createHttpClient({ caCerts });
    const trusting: Fetch = (input, init) => fetch(input, { ...init, client: http });
    return new Ports(running, new TestClient(trusting, managementUrl, commsUrl), http);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.running.stop();
    this.http.close();
  }
}

/** Waits, without a clock of its own, until something is so. */
async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 5));
}

Deno.test("startManager() speaks TLS that a client trusting its authority accepts", async () => {
  await using ports = await Ports.open();
  const { commsUrl, managementUrl, caCertPath } = ports.running;
  assert.match(commsUrl, /^https:\/\/127\.0\.0\.1:\d+$/);
  assert.match(managementUrl, /^https:\/\/127\.0\.0\.1:\d+$/);
  assert.ok(caCertPath !== undefined);
  const byName = commsUrl.replace("127.0.0.1", "localhost");
  for (const url of [commsUrl, byName]) {
    const answer = await ports.client.fetch(`${url}/api/v1/`);
    assert.deepEqual(await answer.json(), { title: "Manager comms API" });
  }
  await assert.rejects(fetch(`${commsUrl}/api/v1/`), TypeError);
});

Deno.test("startManager() takes events over TLS", async () => {
  await using ports = await Ports.open();
  const agent = await ports.client.enrol();
  const answer = await agent.postEvents(eventsBody(agent.agentId, ...numbered(100)));
  assert.equal(answer.status, 204);
  assert.equal((await agent.stats()).events.stateless, 100);
});

Deno.test("startManager() speaks plain HTTP when asked, and then has no authority", async () => {
  await using ports = await Ports.open({ http: true });
  assert.match(ports.running.commsUrl, /^http:/);
  assert.equal(ports.running.caCertPath, undefined);
  assert.equal((await (await ports.client.enrol()).stats()).agents, 1);
});

Deno.test("startManager() refuses a body that is too large without waiting for it", async () => {
  await using ports = await Ports.open({ maxBodyBytes: 1_000 });
  const agent = await ports.client.enrol();
  const answer = await agent.postEvents("x".repeat(3_000_000));
  assert.equal(answer.status, 413);
  await answer.body?.cancel();
});

async function assertPollEnds({ client, running }: Ports): Promise<void> {
  const agent = await client.enrol();
  const { polls } = running.manager;
  const gone = new AbortController();
  const headers = { Authorization: `Bearer ${agent.agentToken}` };
  const poll = agent.get("/api/v1/commands", { headers, signal: gone.signal });
  await until(() => polls.size === 1);
  gone.abort();
  await assert.rejects(poll, { name: "AbortError" });
  await until(() => polls.size === 0);
}

for (const http of [true, false]) {
  const protocol = http ? "HTTP" : "TLS";
  Deno.test(`a poll over ${protocol} ends when its client goes away`, async () => {
    await using ports = await Ports.open({ http });
    await assertPollEnds(ports);
  });

  Deno.test(`a poll over ${protocol} through a relay ends when its client goes away`, async () => {
    await using ports = await Ports.open({ http, faults: ["all:reset:0"] });
    await assertPollEnds(ports);
  });

  Deno.test(`drop-after-store over ${protocol} is a network error, never a status`, async () => {
    await using ports = await Ports.open({ http, faults: ["events:drop-after-store"] });
    const agent = await ports.client.enrol();
    const body = eventsBody(agent.agentId, ...numbered(5));
    await assert.rejects(agent.postEvents(body, { key: "k1" }), TypeError);
    await assert.rejects(agent.postEvents(body, { key: "k2" }), TypeError);
    const { events, requests } = await agent.stats();
    assert.equal(events.stateless, 10, "once for each key, however often `fetch` tried by itself");
    assert.deepEqual(Object.keys(requests.stateless), ["cut"]);
  });
}

Deno.test("a connection that is cut is a network error to node:https as well", async () => {
  await using ports = await Ports.open({ faults: ["login:reset"] });
  const { commsUrl, caCertPath = "" } = ports.running;
  const ca = await Deno.readTextFile(caCertPath);
  const options = { ca, method: "POST", agent: new Agent({ keepAlive: false }) };
  const outcome = await new Promise((resolve) => {
    const request = httpsRequest(`${commsUrl}/api/v1/authentication`, options, (answer) => {
      resolve(`status ${answer.statusCode}`);
      answer.resume();
    });
    request.on("error", () => resolve("network error"));
    request.end("{}");
  });
  assert.equal(outcome, "network error");
});

for (const faults of [[], ["files:hang"]]) {
  const behind = faults.length === 0 ? "" : ", through a relay too";
  Deno.test(`stop() answers open polls at once${behind}`, async () => {
    await using ports = await Ports.open({ http: true, faults });
    const agent = await ports.client.enrol();
    const poll = agent.get("/api/v1/commands");
    await until(() => ports.running.manager.polls.size === 1);
    await ports.running.stop();
    const answer = await poll;
    assert.deepEqual([answer.status, await answer.json()], [200, { commands: [] }]);
  });
}

Deno.test("stop() cuts requests that hang", async () => {
  await using ports = await Ports.open({
    http: true,
    faults: ["files:hang"],
    drainTimeoutMs: 200,
  });
  const agent = await ports.client.enrol();
  const cut = assert.rejects(agent.get("/api/v1/files?file_name=a.yml"), TypeError);
  await ports.running.stop();
  await cut;
});

Deno.test("startManager() leaves nothing open when a port is taken", async () => {
  const dataFolder = await Deno.makeTempDir();
  {
    await using ports = await Ports.open({ http: true });
    const commsPort = Number(new URL(ports.running.commsUrl).port);
    for (const faults of [[], ["all:reset"]]) {
      const options = { ...FREE_PORTS, http: true, commsPort, dataFolder, faults };
      await assert.rejects(startMockManager(options), {
        code: "failed",
        message: `Cannot listen on 127.0.0.1 port ${commsPort} (manager.comms_port): ` +
          "address already in use",
      });
    }
  }
  await (await startManager({ ...FREE_PORTS, http: true, dataFolder })).stop();
  await Deno.remove(dataFolder, { recursive: true });
});
