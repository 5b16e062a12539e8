/** Nobody reads standard error: its pipe is full, and the agent works as if it were not there. */

import assert from "node:assert/strict";
import { TempFolder } from "../support/queues.ts";
import { AgentSide, logLines, numbered, OwnServer } from "../support/scene.ts";

/** With each event told twice at level debug: more than a pipe and the log's buffer hold. */
const LINES = numbered(4_500);
const TALKATIVE = ["log: { level: debug, format: json }", "events.batch_events: 1"];

Deno.test("an agent whose log nobody reads delivers everything, answers status and stops", async () => {
  using folder = new TempFolder();
  await using server = await OwnServer.start(folder);
  const side = new AgentSide(folder, server, TALKATIVE);
  await side.register();
  await using agent = await side.start({ readLog: false });
  side.write(LINES);
  await agent.until(({ streams }) => streams.stateless.sent_events >= LINES.length);
  const status = await side.command("status");
  assert.equal(status.code, 0, status.stderr);
  assert.equal(await agent.stop(), 0);
  assert.deepEqual(logLines(await server.events()).sort(), [...LINES].sort());
});

Deno.test("an agent whose log is read again says how much of it was dropped, and ends with its last words", async () => {
  using folder = new TempFolder();
  await using server = await OwnServer.start(folder);
  const side = new AgentSide(folder, server, TALKATIVE);
  await side.register();
  await using agent = await side.start({ readLog: false });
  side.write(LINES);
  await agent.until(({ streams }) => streams.stateless.sent_events >= LINES.length);
  agent.readLog();
  await agent.until((_, log) => /\d+ lines of the log were dropped here/.test(log));
  assert.equal(await agent.stop(), 0);
  assert.match(agent.stderr.trimEnd().split("\n").at(-1) ?? "", /"message":"Stopped"/);
});
