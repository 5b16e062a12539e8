/** What a network and a server can do to a batch, done to whole agents: every line arrives once, or the ledger says what may not be so. */

import assert from "node:assert/strict";
import { ManagerProcess, records } from "../support/manager_process.ts";
import { type OddAnswer, page } from "../support/odd_answers.ts";
import { TempFolder } from "../support/queues.ts";
import {
  AgentSide,
  logLines,
  numbered,
  OwnServer,
  startOddServer,
  type TestServer,
} from "../support/scene.ts";
import { FaultRelay } from "./driver/fault_relay.ts";

/** Answers with 200 or a redirect that are none of the protocol's. */
const NO_ANSWERS: Readonly<Record<string, OddAnswer>> = {
  "a page with 200": page(200, "Maintenance"),
  "a redirect to a page": { ...page(302), headers: { location: "/login" } },
  "JSON of something else": { status: 200, body: '{"title":"Sign in","links":[]}' },
  "JSON that tells a fault": { status: 200, body: '{"message":"Down for maintenance"}' },
  "JSON that is no object": { status: 200, body: '"Sign in"' },
  "text that is no JSON": {
    status: 200,
    body: "Sign in to go on",
    headers: { "content-type": "text/plain" },
  },
};

for (const [name, answer] of Object.entries(NO_ANSWERS)) {
  Deno.test(`${name} acknowledges nothing, and every line arrives once when it is over`, async () => {
    using folder = new TempFolder();
    let isOver = false;
    let asked = 0;
    await using server = await startOddServer(({ path }) => {
      if (isOver || !path.endsWith("/stateless")) return undefined;
      asked++;
      return answer;
    });
    const side = new AgentSide(folder, server);
    await side.register();
    {
      await using agent = await side.start();
      side.write(numbered(50));
      const { streams } = await agent.until(({ state, streams }) =>
        asked >= 1 && streams.stateless.taken_events >= 50 && (state.reason ?? "") !== ""
      );
      assert.equal(streams.stateless.acknowledged_events, 0);
      await agent.stop("SIGKILL");
    }
    isOver = true;
    // A redirect would be asked about again only after a minute; the next process asks at once.
    await using again = await side.start();
    await allArrived(again, 50);
    assert.equal(await again.stop(), 0);
    assert.deepEqual(logLines(await server.events()), numbered(50));
  });
}

Deno.test("a request that the network cut is no bad batch: refused again and again with 400, it sets nothing aside", async () => {
  using folder = new TempFolder();
  const record = folder.file("received.jsonl");
  await using manager = await ManagerProcess.start({
    http: true,
    dataFolder: folder.file("manager"),
    args: ["--record", record],
  });
  await using relay = new FaultRelay(() => manager.commsPort);
  const server = relayed(manager, { relay, record });
  const side = new AgentSide(folder, server);
  await side.register();
  await using agent = await side.start();
  relay.treat({ kind: "break_off" });
  side.write(numbered(50));
  await agent.until((_, log) => (log.match(/Body breaks off/g) ?? []).length >= 2);
  relay.treat({ kind: "pass" });
  await allArrived(agent, 50);
  assert.equal(await agent.stop(), 0);
  assert.deepEqual(logLines(await server.events()), numbered(50));
});

for (const status of [400, 413]) {
  Deno.test(`a batch that was stored, its answer lost, and is then refused with ${status} is neither doubled nor set aside`, async () => {
    using folder = new TempFolder();
    await using server = await OwnServer.start(folder, [
      ...["--fault", "stateless:drop-after-store:1:times=1"],
      ...["--fault", `stateless:${status}:1:times=2`],
    ]);
    const side = new AgentSide(folder, server, ["events.max_in_flight: 1"]);
    side.write(numbered(50));
    await side.register();
    await using agent = await side.start();
    await allArrived(agent, 50);
    side.write(numbered(10, "later"));
    await allArrived(agent, 60);
    assert.equal(await agent.stop(), 0);
    const lines = logLines(await server.events());
    assert.deepEqual(lines.sort(), [...numbered(50), ...numbered(10, "later")].sort());
  });
}

Deno.test("register --force with a batch in doubt sends it again, and the ledger says that a double is possible", async () => {
  using folder = new TempFolder();
  await using server = await OwnServer.start(folder, [
    ...["--fault", "stateless:drop-after-store:1"],
  ]);
  const side = new AgentSide(folder, server);
  await side.register();
  {
    await using agent = await side.start();
    side.write(numbered(20));
    await agent.until(({ streams }) => streams.stateless.taken_events >= 20);
    while (logLines(await server.events()).length < 20) await agent.status();
    await agent.stop("SIGKILL");
  }
  await server.goAway();
  await server.comeBack();
  await side.register("--force", "--name", "anew");
  await using again = await side.start();
  await allArrived(again, 20);
  assert.equal(await again.stop(), 0);
  assert.deepEqual([...new Set(logLines(await server.events()))], numbered(20));
  const { stdout } = await side.command("losses", "--json");
  assert.match(stdout, /perhaps received twice: sent again under a new identity/);
});

async function allArrived(agent: Awaited<ReturnType<AgentSide["start"]>>, lines: number) {
  const { streams } = await agent.until(({ streams: { stateless } }) =>
    stateless.acknowledged_events >= lines && stateless.queued_events === 0
  );
  assert.equal(streams.stateless.dead_lettered_events, 0);
}

/** The manager as an agent sees it that reaches it through the relay. */
function relayed(
  manager: ManagerProcess,
  { relay, record }: { relay: FaultRelay; record: string },
): TestServer {
  const comms = new URL(manager.commsUrl);
  comms.port = String(relay.port);
  return {
    managementUrl: manager.managementUrl,
    commsUrl: comms.href,
    caCertPath: undefined,
    events: () => records(record),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}
