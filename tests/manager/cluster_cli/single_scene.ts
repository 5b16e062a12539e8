/**
 * A manager that was alone, with something of everything, for the tests of what moves it.
 *
 * @module
 */

import assert from "node:assert/strict";
import type { RolloutPlan } from "../../../src/manager/stores/rollouts.ts";
import { TempFolder } from "../../support/queues.ts";
import { FakeClock } from "../../support/fake_clock.ts";
import { eventsBody, numbered, TestManager } from "../harness.ts";

/** Batches that the manager has accepted. */
export const BATCHES = {
  /** Its events are no longer kept. */
  early: "016f0000-0000-7000-8000-000000000001",
  plain: "018f0000-0000-7000-8000-000000000001",
  stateful: "018f0000-0000-7000-8000-000000000002",
} as const;

/** So many events the manager keeps. */
export const KEPT = 10;

/** Ids of batches of which only the ids are kept. */
export const EARLIER = Array.from(
  { length: 80 },
  (_, index) => `017f0000-0000-7000-8000-${String(index).padStart(12, "0")}`,
);

const COMMAND = (id: string, name: string) => ({
  source: "Engine",
  user: "me",
  target: { type: "agent", id },
  action: { name, args: {}, version: "1" },
  timeout: 600,
});

/** The body of a stateful batch. */
export function statefulBody(agentId: string, ids: readonly string[]): string {
  return eventsBody(
    agentId,
    ...ids.flatMap((id) => [
      { module: "inventory", collector: "packages", id, operation: "create" },
      { package: { name: id } },
    ]),
  );
}

/** The body of one of {@linkcode EARLIER}. */
export function earlierBody(agentId: string, index: number): string {
  return eventsBody(agentId, ...numbered(1, index));
}

async function putRelease(test: TestManager): Promise<void> {
  const put = await test.fetch("http://manager/manager/releases/block.sh", {
    method: "PUT",
    headers: {
      "Authorization": `Bearer ${await test.userToken()}`,
      "Content-Type": "application/octet-stream",
    },
    body: "echo hello\n",
  });
  assert.equal(put.status, 200, await put.text());
}

/** A rollout to one agent. */
function rolloutFor(agentId: string, createdMs: number): RolloutPlan {
  return {
    rollout: {
      version: "9.9.9",
      release: 1,
      manifest: "{}",
      target: { agents: 1 },
      waves: [1],
      stopShare: 0,
      retry: false,
      timeoutS: 60,
      agents: 1,
      user: "me",
      createdMs,
    },
    turns: [[agentId]],
  };
}

/** Runs a manager alone, and ends it. */
export async function leaveSingleManager(folder: TempFolder) {
  const dataFolder = folder.file("single");
  const clock = new FakeClock();
  const test = await TestManager.open({ dataFolder, clock, keepEvents: KEPT });
  const { agentId } = test;
  const early = statefulBody(agentId, ["a"]);
  const answered = await test.postEvents(early, { key: BATCHES.early, stream: "stateful" });
  const earlyAnswer = { status: answered.status, body: await answered.text() };
  for (const [index, key] of EARLIER.entries()) {
    assert.equal((await test.postEvents(earlierBody(agentId, index), { key })).status, 204);
  }
  await test.postEvents(eventsBody(agentId, ...numbered(3, 1_000)), { key: BATCHES.plain });
  const body = statefulBody(agentId, ["a", "b"]);
  await test.postEvents(body, { key: BATCHES.stateful, stream: "stateful" });
  const user = { Authorization: `Bearer ${await test.userToken()}` };
  const order = async (name: string) => {
    const answer = await test.fetch("http://manager/_plugins/_command_manager/commands", {
      method: "POST",
      headers: { ...user, "Content-Type": "application/json" },
      body: JSON.stringify({ commands: [COMMAND(agentId, name)] }),
    });
    assert.equal(answer.status, 200, await answer.text());
  };
  await order("restart");
  const [first] = (await (await test.get("/api/v1/commands")).json()).commands;
  const report = eventsBody(
    agentId,
    { module: "command", id: first.document_id, operation: "update" },
    { command: { result: { code: 0, message: "done" } } },
  );
  await test.postEvents(report, { key: "no uuid", stream: "stateful" });
  await order("status");
  const put = await test.fetch("http://manager/manager/files/web.yml", {
    method: "PUT",
    headers: { ...user, "Content-Type": "application/octet-stream" },
    body: "log: {}\n",
  });
  assert.equal(put.status, 200);
  const { token } = await test.manager.stores.enrollments.add(
    { groups: ["web"], uses: 3, expiresAtMs: clock.now() + 3_600_000, createdBy: "me" },
    clock.now(),
  );
  await putRelease(test);
  const store = test.manager.stores.rollouts;
  const nowMs = clock.now();
  const id = await store.add(() => rolloutFor(agentId, nowMs));
  // One that goes on by itself would make orders.
  await store.setState(id, { from: "running", state: "paused", nowMs });
  const rollouts = store.list();
  const orders = await ordersOf(test);
  await test.manager.close();
  const { agentToken } = test;
  return { dataFolder, agentId, agentToken, token, orders, rollouts, clock, earlyAnswer };
}

/** The orders as people see them. */
export async function ordersOf(test: TestManager): Promise<Record<string, unknown>[]> {
  const answer = await test.fetch("http://manager/manager/orders", {
    headers: { Authorization: `Bearer ${await test.userToken()}` },
  });
  assert.equal(answer.status, 200);
  return (await answer.json()).orders;
}
