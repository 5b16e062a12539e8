import assert from "node:assert/strict";
import { DEFAULTS } from "../../../src/manager/config/manager_options.ts";
import { startMockManager } from "../../../mock_server/mock_manager.ts";
import { startManager } from "../../../src/manager/server.ts";
import { Poller } from "../../../src/agent/commands/poller.ts";
import { CommsClient } from "../../../src/agent/comms/comms_client.ts";
import { ServerConnection } from "../../../src/agent/comms/connection/server_connection.ts";
import { systemClock } from "../../../src/shared/clock.ts";
import { KEY, TestClient } from "../harness.ts";
import { Heard } from "./watch_scene.ts";
import type { PollOutcome } from "../../../src/shared/protocol/exchange.ts";

const OPTIONS = { managementPort: 0, commsPort: 0, http: true, pollTimeoutMs: 86_400_000 };

Deno.test("the address of an agent is that of its connection, not what it says of itself", async () => {
  await using running = await startManager(OPTIONS);
  const agent = await new TestClient(fetch, running.managementUrl, running.commsUrl).enrol();
  const [seen] = running.manager.keepAlive.views.list({ limit: 1, after: "" }).agents;
  assert.deepEqual([seen?.id, seen?.ip], [agent.agentId, "127.0.0.1"]);
});

Deno.test("the address is the agent's own also where faults may cut its connection", async () => {
  await using running = await startMockManager({ ...OPTIONS, faults: ["events:reset:0"] });
  await new TestClient(fetch, running.managementUrl, running.commsUrl).enrol();
  const [seen] = running.manager.keepAlive.views.list({ limit: 1, after: "" }).agents;
  assert.equal(seen?.ip, "127.0.0.1");
});

Deno.test("the agent's poller acknowledges keep-alives, and stays active without doing anything else", async () => {
  const announcer = new Heard();
  const keepAlive = { ...DEFAULTS.keepAlive, interval: 20, timeout: 60_000, max_missed: 10_000 };
  await using running = await startManager({ ...OPTIONS, keepAlive, announcer });
  const agent = await new TestClient(fetch, running.managementUrl, running.commsUrl).enrol();
  const enough = new AbortController();
  const results: PollOutcome[] = [];
  const client = commsClient(running.commsUrl, () => agent.logIn(agent.agentId, KEY));
  const poller = new Poller({
    poll: async (signal) => {
      const result = await client.poll(signal);
      results.push(result);
      if (results.length === 3) enough.abort();
      return result;
    },
    onCommands: () => Promise.resolve(0),
    retryWaits: { next: () => 1, reset: () => {} },
    clock: systemClock,
  });
  await poller.run(enough.signal);
  assert.deepEqual(results.map(({ kind }) => kind), ["empty", "empty", "empty"]);
  assert.ok(announcer.sent.length >= 3);
  assert.deepEqual(announcer.take(), [
    "never_connected > pending: first_contact",
    "pending > active: first_contact",
  ]);
});

/** The agent's own client. */
function commsClient(serverUrl: string, logIn: () => Promise<Response>): CommsClient {
  const connection = new ServerConnection({ serverUrl, fetch, userAgent: "a", clock: systemClock });
  const token = async () => (await (await logIn()).json()).token;
  return new CommsClient({
    connection,
    tokens: { get: token, renew: token },
    requestTimeoutMs: 30_000,
    pollTimeoutMs: 960_000,
  });
}
