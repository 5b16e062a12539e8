/** `agent doctor` beside a running agent, as processes. */

import assert from "node:assert/strict";
import type { DoctorReport } from "../../src/agent/app/doctor/check.ts";
import { TempFolder } from "../support/queues.ts";
import { AgentSide, numbered, OwnServer, startOddServer } from "../support/scene.ts";

async function doctor(side: AgentSide): Promise<DoctorReport> {
  return JSON.parse((await side.command("doctor", "--json")).stdout);
}

/** Status and message of the check `id`. */
function told({ checks }: DoctorReport, id: string): string {
  const found = checks.find((check) => check.id === id);
  return `${found?.status}: ${found?.message}`;
}

Deno.test("doctor beside a running agent logs in nowhere, opens no poll, and has an event acknowledged", async () => {
  using folder = new TempFolder();
  await using server = await startOddServer(() => undefined);
  const side = new AgentSide(folder, server);
  await side.register();
  await using agent = await side.start();
  await agent.until(({ state, commands }) =>
    state.name === "connected" && commands.state === "waiting"
  );
  // A poll is recorded when it ends, a log-in at once.
  const before = server.own.received.length;
  const report = await doctor(side);
  assert.deepEqual(report.checks.filter(({ status }) => status === "fail"), []);
  assert.equal(report.running, true);
  assert.match(told(report, "server.login"), /ok: the running agent has a token/);
  assert.match(told(report, "server.event"), /ok: acknowledged, through the running agent's queue/);
  assert.match(told(report, "server.poll"), /ok: the running agent waits for commands/);
  const since = server.own.received.slice(before);
  assert.deepEqual(since.filter(({ path }) => path.includes("authentication")), []);
  const polls = since.filter(({ path }) => path.endsWith("/commands"));
  // How the server refuses one that brings no token tells what it is.
  assert.ok(polls.length > 0 && polls.every(({ headers }) => headers.authorization === undefined));
  const after = await agent.status();
  assert.deepEqual([after.pid, after.state.name], [agent.pid, "connected"]);
});

Deno.test("doctor beside a full queue names it, and the server that is gone", async () => {
  using folder = new TempFolder();
  await using server = await OwnServer.start(folder);
  const side = new AgentSide(folder, server, ["queue.max_events: 20"]);
  await side.register();
  await using agent = await side.start();
  await agent.until(({ state }) => state.name === "connected");
  await server.goAway();
  side.write(numbered(100));
  await agent.until(({ streams }) => streams.stateless.queued_events === 100);
  // Only what has to wait shows that there is no room.
  side.write(numbered(100));
  await agent.until(({ queue }) => queue.full);
  const report = await doctor(side);
  assert.match(told(report, "database.room"), /fail: the queue is full: 100 of 20 events/);
  const room = report.checks.find(({ id }) => id === "database.room");
  assert.match(room?.try ?? "", /it empties once a server takes its events/);
  assert.match(told(report, "network.tcp"), /fail: .*connection refused/);
  assert.match(told(report, "server.login"), /skip: needs network\.answer/);
});

Deno.test("doctor tells of an agent that the server has revoked while it runs", async () => {
  using folder = new TempFolder();
  await using server = await startOddServer(({ path }) =>
    path.endsWith("/authentication") || !refusing
      ? refusing ? { status: 403, body: '{"message":"Agent does not exist"}' } : undefined
      : path.includes("/api/v1/")
      ? { status: 401, body: '{"message":"Invalid token"}' }
      : undefined
  );
  let refusing = false;
  const side = new AgentSide(folder, server);
  await side.register();
  await using agent = await side.start();
  await agent.until(({ state }) => state.name === "connected");
  refusing = true;
  side.write(numbered(1));
  await agent.until(({ state }) => state.name === "refused");
  const report = await doctor(side);
  const failed = report.checks.find(({ status }) => status === "fail");
  assert.equal(failed?.id, "server.login");
  assert.match(failed?.message ?? "", /refuses the running agent: .*Agent does not exist/);
  assert.match(failed?.try ?? "", /agent register --force/);
});
