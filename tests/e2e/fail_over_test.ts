/** Two managers on one data folder, one after the other, over real TLS. */

import assert from "node:assert/strict";
import { ManagerProcess } from "../support/manager_process.ts";
import { TempFolder } from "../support/queues.ts";
import { AgentSide, logLines, numbered, OwnServer } from "../support/scene.ts";

Deno.test("an agent with a list of servers goes on with the next one, and loses and doubles nothing", async () => {
  using folder = new TempFolder();
  await using first = await OwnServer.start(folder);
  const side = new AgentSide(folder, first);
  await side.register();
  // Nobody listens there yet.
  const second = await freePort();
  const url = `https://localhost:${second}`;
  const config = Deno.readTextFileSync(side.configPath).replace(
    /agent\.server_url: (.*)/,
    `agent.server_url: [$1, "${url}"]`,
  );
  Deno.writeTextFileSync(side.configPath, config);
  await using agent = await side.start();
  side.write(numbered(50, "before"));
  await agent.until(({ streams }) => streams.stateless.acknowledged_events === 50);
  await first.goAway();
  side.write(numbered(50, "after"));
  await using _second = await ManagerProcess.start({
    dataFolder: folder.file("manager"),
    commsPort: second,
    args: ["--record", folder.file("received.jsonl")],
  });
  const { server } = await agent.until(({ streams }) =>
    streams.stateless.acknowledged_events === 100
  );
  assert.equal(server.in_use, url);
  assert.match(agent.stderr, /Going on with server/);
  const lines = logLines(
    Deno.readTextFileSync(folder.file("received.jsonl")).trim().split("\n")
      .map((line) => JSON.parse(line)),
  );
  assert.deepEqual(lines.sort(), [...numbered(50, "before"), ...numbered(50, "after")].sort());
});

function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return (listener.addr as Deno.NetAddr).port;
}
