/** The main job, on the project's own manager and on a server it has nothing in common with, in two tempers. */

import assert from "node:assert/strict";
import { TempFolder } from "../support/queues.ts";
import {
  AgentSide,
  logLines,
  numbered,
  OwnServer,
  shutdownMessages,
  startForeignServer,
  startStrictServer,
  type TestServer,
} from "../support/scene.ts";

interface Kind {
  name: string;
  start(folder: TempFolder): Promise<TestServer>;
  /** What it takes once however often it is sent. */
  exactlyOnce: boolean;
  /** The streams on which it knows the shutdown message. @default both */
  shutdownMessages?: string[];
  /** It answers as if it were away for a while: what was sent meanwhile comes later than what follows. */
  disorders?: boolean;
}

const KINDS: readonly Kind[] = [
  { name: "own manager over TLS", start: (folder) => OwnServer.start(folder), exactlyOnce: true },
  { name: "foreign server", start: startForeignServer, exactlyOnce: false },
  {
    name: "strict foreign server",
    start: startStrictServer,
    exactlyOnce: false,
    shutdownMessages: ["stateless"],
    disorders: true,
  },
];

for (const { name, start, exactlyOnce, ...temper } of KINDS) {
  const { shutdownMessages: expectedShutdown = ["stateful", "stateless"], disorders = false } =
    temper;
  const asSent = (lines: string[]) => disorders ? lines.toSorted() : lines;

  Deno.test(`${name}: register, follow a log, deliver in order, say goodbye`, async () => {
    using folder = new TempFolder();
    await using server = await start(folder);
    const side = new AgentSide(folder, server, ["events.max_in_flight: 1"]);
    const identity = await side.register("--name", "web-1");
    assert.equal(identity.name, "web-1");
    await using agent = await side.start();
    side.write(numbered(500));
    await agent.until(({ streams }) => streams.stateless.acknowledged_events === 500);
    assert.deepEqual(asSent(logLines(await server.events())), asSent(numbered(500)));
    const status = await agent.until(({ state }) => state.name === "connected");
    assert.equal(status.agent?.id, identity.id);
    assert.equal(status.streams.stateless.queued_events, 0);
    assert.equal(await agent.stop(), 0);
    const events = await server.events();
    assert.deepEqual(shutdownMessages(events), expectedShutdown);
    assert.ok(events.every(({ agent_id }) => agent_id === identity.id));
  });

  Deno.test(`${name}: what is written and rotated while the agent is stopped arrives after`, async () => {
    using folder = new TempFolder();
    await using server = await start(folder);
    const side = new AgentSide(folder, server, ["events.max_in_flight: 1"]);
    await side.register();
    {
      await using agent = await side.start();
      side.write(numbered(10, "first"));
      await agent.until(({ streams }) => streams.stateless.acknowledged_events === 10);
      assert.equal(await agent.stop(), 0);
    }
    side.write(numbered(10, "rotated"));
    Deno.renameSync(side.logPath, `${side.logPath}.1`);
    side.write(numbered(10, "new"));
    await using agent = await side.start();
    await agent.until(({ streams }) => streams.stateless.acknowledged_events >= 30);
    const expected = [numbered(10, "first"), numbered(10, "rotated"), numbered(10, "new")].flat();
    assert.deepEqual(asSent(logLines(await server.events())), asSent(expected));
  });

  const times = exactlyOnce ? "exactly once" : "at least once";
  Deno.test(`${name}: killed with SIGKILL again and again, each line arrives ${times}`, async () => {
    using folder = new TempFolder();
    await using server = await start(folder);
    const side = new AgentSide(folder, server, ["events.batch_events: 20"]);
    await side.register();
    const expected: string[] = [];
    for (const round of [1, 2, 3, 4]) {
      await using agent = await side.start();
      const lines = numbered(1000, `round ${round} line`);
      expected.push(...lines);
      side.write(lines);
      const { streams } = await agent.status();
      const before = streams.stateless.acknowledged_events;
      await agent.until(({ streams: now }) => now.stateless.acknowledged_events > before);
      await agent.stop("SIGKILL");
    }
    await using agent = await side.start();
    const { streams: { stateless } } = await agent.until(({ streams, collectors }) =>
      streams.stateless.queued_events === 0 && (collectors[0]?.state === "running") &&
      streams.stateless.taken_events >= expected.length
    );
    assert.equal(stateless.dropped_events + stateless.dead_lettered_events, 0);
    assert.equal(await agent.stop(), 0);
    const arrived = logLines(await server.events());
    if (exactlyOnce) assert.deepEqual(arrived.toSorted(), expected.toSorted());
    else assert.deepEqual([...new Set(arrived)].toSorted(), expected.toSorted());
  });

  Deno.test(`${name}: send-test-event reports the batch, with and without a running agent`, async () => {
    using folder = new TempFolder();
    await using server = await start(folder);
    const side = new AgentSide(folder, server);
    await side.register();
    for (const stream of ["stateless", "stateful"]) {
      const args = stream === "stateful" ? ["--stateful", "--json"] : ["--json"];
      const direct = await side.command("send-test-event", ...args);
      assert.equal(direct.code, 0, direct.stderr);
      const result = JSON.parse(direct.stdout);
      assert.equal(result.via, "queue");
      assert.equal(result.acknowledged_events, 1);
      assert.equal(result.batches[0].stream, stream);
      assert.equal(result.deleted_documents, stream === "stateful" ? 1 : null);
    }
    await using agent = await side.start();
    const through = await side.command("send-test-event", "--count", "1500", "--json");
    assert.equal(through.code, 0, through.stderr);
    assert.equal(JSON.parse(through.stdout).via, "running_agent");
    assert.equal(JSON.parse(through.stdout).acknowledged_events, 1500);
    assert.equal(await agent.stop(), 0);
    const events = await server.events();
    const ofCollector = (name: string) => events.filter(({ header }) => header.collector === name);
    assert.equal(ofCollector("test").length, 1501);
    const documents = ofCollector("packages").map(({ header }) => header.operation);
    assert.deepEqual(documents, ["create", "delete"]);
  });
}
