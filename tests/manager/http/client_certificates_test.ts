import assert from "node:assert/strict";
import { join } from "node:path";
import { canAskForCertificates } from "../../../src/manager/http/inner_server.ts";
import { startManager } from "../../../src/manager/server.ts";
import type { OpenOptions } from "../../../src/manager/manager.ts";
import { type CertifiedKey, createTestAuthority } from "../../support/tls.ts";
import { eventsBody, numbered, TestClient } from "../harness.ts";

/** Not so in a compiled manager of an older Deno, which says so and does not start. */
const POSSIBLE = canAskForCertificates(Deno.version.deno);

async function scene(options: OpenOptions = {}) {
  const folder = await Deno.makeTempDir();
  const authority = await createTestAuthority();
  const clientCa = join(folder, "clients.pem");
  await Deno.writeTextFile(clientCa, authority.cert);
  const ports = { managementPort: 0, commsPort: 0 };
  const running = await startManager({ ...ports, clientCa, ...options }).catch(async (error) => {
    await Deno.remove(folder, { recursive: true });
    throw error;
  });
  const caCerts = [await Deno.readTextFile(running.caCertPath ?? "")];
  const clients: Deno.HttpClient[] = [];
  const clientWith = (shown?: CertifiedKey) => {
    const client = Deno.createHttpClient({ caCerts, ...shown });
    clients.push(client);
    return new TestClient(
      (input, init) => fetch(input, { ...init, client }),
      running.managementUrl,
      running.commsUrl,
    );
  };
  return {
    running,
    authority,
    clientWith,
    async [Symbol.asyncDispose]() {
      await running.stop();
      for (const client of clients) client.close();
      await Deno.remove(folder, { recursive: true });
    },
  };
}

if (!POSSIBLE) {
  Deno.test("client_ca is refused at the start by a Deno that cannot ask for certificates (here: too old)", async () => {
    await assert.rejects(scene(), { code: "config_invalid", message: /^manager\.client_ca: / });
  });
} else {
  Deno.test("with client_ca nobody reaches the comms API without a certificate of that authority", async () => {
    await using test = await scene();
    const other = await createTestAuthority("Other CA");
    const url = `${test.running.commsUrl}/api/v1`;
    await assert.rejects(test.clientWith().fetch(url), TypeError);
    await assert.rejects(
      test.clientWith(await other.issue(["box"])).fetch(url),
      TypeError,
    );
    const own = test.clientWith(await test.authority.issue(["box"]));
    const answer = await own.fetch(url);
    assert.deepEqual(await answer.json(), { title: "Manager comms API" });
  });

  Deno.test("with client_ca events, polls and files go as without", async () => {
    await using test = await scene({ pollTimeoutMs: 50 });
    const shown = await test.authority.issue(["box"]);
    const agent = await test.clientWith(shown).enrol();
    const body = eventsBody(agent.agentId, ...numbered(20_000));
    assert.equal((await agent.postEvents(body)).status, 204);
    const stream = new Blob([body]).stream();
    assert.equal((await agent.postEvents(stream, { key: "streamed" })).status, 204);
    const stateful = [{ module: "inventory", id: "1", operation: "delete" }];
    const answer = await agent.postEvents(eventsBody(agent.agentId, ...stateful), {
      stream: "stateful",
    });
    assert.equal((await answer.json()).results[0].id, "1");
    const poll = await agent.get("/api/v1/commands");
    assert.equal(poll.status, 408);
    await poll.body?.cancel();
    const { polls } = test.running.manager;
    const gone = new AbortController();
    const cut = agent.get("/api/v1/commands", {
      headers: { Authorization: `Bearer ${agent.agentToken}` },
      signal: gone.signal,
    });
    gone.abort();
    await assert.rejects(cut);
    while (polls.size > 0) await new Promise((resolve) => setTimeout(resolve, 1));
  });

  for (const clientCertName of ["id", "name"] as const) {
    Deno.test(`an agent whose certificate must have its ${clientCertName} can use no other agent's`, async () => {
      await using test = await scene({ clientCertName });
      const known = test.clientWith(await test.authority.issue(["unused"]));
      await known.enrol().catch(() => {});
      const { agentId } = known;
      const commonName = clientCertName === "id" ? agentId : "box";
      const right = test.clientWith(await test.authority.issue([commonName]));
      const wrong = test.clientWith(await test.authority.issue(["somebody"]));
      right.agentId = wrong.agentId = agentId;
      await right.renewToken();
      const sent = await right.postEvents(eventsBody(agentId, ...numbered(1)));
      assert.equal(sent.status, 204);
      wrong.agentToken = right.agentToken;
      const stolen = await wrong.postEvents(eventsBody(agentId, ...numbered(1)));
      assert.equal(stolen.status, 403);
      await stolen.body?.cancel();
      await wrong.renewToken();
      assert.equal(wrong.agentToken, undefined);
    });
  }
}

Deno.test("canAskForCertificates() knows from which Deno on that is possible", () => {
  const versions = ["2.7.11", "2.8.0", "2.9.0", "2.9.6", "2.10.0", "3.0.1"];
  assert.deepEqual(versions.map(canAskForCertificates), [false, false, true, true, true, true]);
});
