/** The commands that look into the queue, beside a real agent that uses it. */

import assert from "node:assert/strict";
import { eventually } from "../support/eventually.ts";
import { claim, stateless } from "../support/filled_queue.ts";
import { openQueue, TempFolder } from "../support/queues.ts";
import { AgentSide, logLines, OwnServer } from "../support/scene.ts";

/** Leaves a dead letter of two events in the data folder, as a run before would have. */
async function leaveDeadLetter(folder: TempFolder): Promise<void> {
  using queue = openQueue(folder, { path: folder.file("data/agent.db") });
  await queue.append({ stream: "stateless", events: stateless(2, "refused ") });
  await queue.setAside(await claim(queue, "stateless"), { status: 400, reason: "unknown module" });
}

Deno.test("a dead letter that is retried beside a running agent arrives once, and the queue stays sound", async () => {
  using folder = new TempFolder();
  await using server = await OwnServer.start(folder);
  const side = new AgentSide(folder, server);
  await side.register("--name", "web-1");
  await leaveDeadLetter(folder);
  await using _agent = await side.start();
  const { code, stdout, stderr } = await side.command("dead-letters", "retry", "--all");
  assert.deepEqual([code, stderr], [0, ""]);
  assert.equal(stdout, "Put back at the end of the queue: 1 dead letter with 2 events\n");
  const sent = await eventually(() => server.events(), (events) => logLines(events).length >= 2);
  assert.deepEqual(logLines(sent), ["refused 0", "refused 1"]);
  const verified = await side.command("queue", "verify", "--json");
  assert.equal(JSON.parse(verified.stdout).sound, true, verified.stdout);
  const repair = await side.command("queue", "repair");
  assert.equal(repair.code, 8, repair.stderr);
  const status = JSON.parse((await side.command("status", "--json")).stdout);
  const parts = status.watchdog.map(({ part }: { part: string }) => part);
  assert.ok(["stream stateless", "stream stateful"].every((part) => parts.includes(part)));
  assert.ok(status.watchdog.every(({ rebuilds }: { rebuilds: number }) => rebuilds === 0));
});
