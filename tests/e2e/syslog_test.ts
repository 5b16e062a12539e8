/** Messages of syslog, and what scripts send: from their sender to the server, with real processes. */

import assert from "node:assert/strict";
import { TempFolder } from "../support/queues.ts";
import { AgentSide, numbered, OwnServer, type ServerEvent } from "../support/scene.ts";
import { agent } from "../support/agent_process.ts";

/** The texts of the events of one kind. */
function textsOf(events: readonly ServerEvent[], module: string): string[] {
  return events.filter(({ header }) => header.module === module)
    .map(({ data }) => String((data?.event as { original?: unknown }).original));
}

/** 0 for what has none. */
function numberIn(text: string): number {
  return Number(/message (\d+)$/.exec(text)?.[1] ?? 0);
}

/** Sends until all is sent or the other side is gone. */
async function sendLines(path: string, lines: readonly string[]): Promise<void> {
  using connection = await Deno.connect({ transport: "unix", path });
  const bytes = new TextEncoder().encode(lines.map((line) => `${line}\n`).join(""));
  try {
    for (let rest = bytes; rest.length > 0;) rest = rest.subarray(await connection.write(rest));
  } catch {
    // The agent was killed.
  }
}

Deno.test("messages of syslog reach the server once and without a gap, up to some one when the agent is killed", async () => {
  using folder = new TempFolder();
  await using server = await OwnServer.start(folder);
  const path = folder.file("log.sock");
  const side = new AgentSide(folder, server, [
    "logcollector.enabled: false",
    `syslog: { enabled: true, inputs: [{ protocol: unix_stream, listen: ${path} }] }`,
  ]);
  await side.register();
  const lines = numbered(20_000, "<13>Nov  5 09:08:07 app: message");
  {
    await using killed = await side.start();
    await killed.until(({ modules }) =>
      modules.some(({ name, state }) => name === "syslog" && state === "running")
    );
    const sending = sendLines(path, lines);
    await killed.until(({ modules }) =>
      modules.some(({ name, events }) => name === "syslog" && events >= 1_000)
    );
    await killed.stop("SIGKILL");
    await sending;
  }
  // The socket that the killed agent left is replaced.
  await using again = await side.start();
  await again.until(({ streams }) => streams.stateless.queued_events === 0);
  await sendLines(path, ["<13>after"]);
  await again.until(({ modules }) =>
    modules.some(({ name, events }) => name === "syslog" && events === 1)
  );
  assert.equal(await again.stop(), 0);
  const received = textsOf(await server.events(), "logcollector");
  assert.ok(received.length > 1_000);
  // Batches of the stateless stream may overtake each other.
  const inOrder = received.toSorted((one, other) => numberIn(one) - numberIn(other));
  assert.deepEqual(inOrder, ["<13>after", ...lines.slice(0, received.length - 1)]);
});

Deno.test("what agent send says is stored reaches the server, whether the agent runs or not", async () => {
  using folder = new TempFolder();
  await using server = await OwnServer.start(folder);
  const side = new AgentSide(folder, server, ["logcollector.enabled: false"]);
  await side.register();
  const send = async (input: string) => {
    const args = ["send", "--module", "app", "--json", "--config", side.configPath];
    const { code, stdout, stderr } = await agent(args, { stdin: input });
    assert.equal(code, 0, stderr);
    return JSON.parse(stdout);
  };
  {
    await using first = await side.start();
    assert.equal((await send("one\ntwo\n")).via, "running_agent");
    assert.equal(await first.stop(), 0);
  }
  assert.equal((await send("three")).via, "queue");
  await using second = await side.start();
  await second.until(({ streams }) => streams.stateless.queued_events === 0);
  assert.equal(await second.stop(), 0);
  assert.deepEqual(textsOf(await server.events(), "app"), ["one", "two", "three"]);
});
