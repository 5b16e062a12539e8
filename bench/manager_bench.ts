/**
 * What the manager can carry: orders, polls, events.
 *
 * - Orders are made and found in a database on disk, by the calls that the APIs make. Timed: only
 *   those calls. Checked: how many orders there are, and with which status.
 * - Polls and events go to a manager in this process, in memory, by its whole HTTP interface but
 *   without a network. Timed: from the command until each of the agents that poll has its order;
 *   from the first batch until the last is answered. Checked: the orders, the manager's count.
 *
 * @module
 */

import assert from "node:assert/strict";
import { command, poll, Scene } from "../tests/manager/commands/scene.ts";
import { agentId, Fleet } from "./support/fleet.ts";
import { eventsOfSize } from "./support/events.ts";
import { measure } from "./support/measure.ts";
import { amount } from "./support/quick.ts";

const AGENTS = amount({ full: 10_000, quick: 1_000 });
const COMMANDS = 10;
const LOOK_UPS = 1_000;
/** Each iteration fills a database of its own. */
const ROW = { table: "manager", series: "manager", iterations: 5 };

measure(
  { ...ROW, x: "orders expanded, 10,000 agents", events: AGENTS * COMMANDS },
  (stopwatch) => {
    using fleet = new Fleet(AGENTS);
    stopwatch.start();
    const orders = fleet.order(COMMANDS);
    stopwatch.end();
    assert.equal(orders, AGENTS * COMMANDS);
    assert.equal(fleet.count("pending"), orders);
  },
);

measure({ ...ROW, x: "look-ups without orders", events: LOOK_UPS }, (stopwatch) => {
  using fleet = new Fleet(AGENTS);
  fleet.order(COMMANDS);
  stopwatch.start();
  const found = fleet.offer(LOOK_UPS, (index) => `nobody ${index}`);
  stopwatch.end();
  assert.equal(found, 0);
});

measure({ ...ROW, x: "look-ups with ten orders", events: LOOK_UPS }, (stopwatch) => {
  using fleet = new Fleet(AGENTS);
  fleet.order(COMMANDS);
  stopwatch.start();
  const found = fleet.offer(LOOK_UPS, agentId);
  stopwatch.end();
  assert.equal(found, LOOK_UPS * COMMANDS);
  assert.equal(fleet.count("sent"), found);
});

const POLLS = amount({ full: 300, quick: 20 });

measure({ ...ROW, x: "open polls answered with an order", events: POLLS }, async (stopwatch) => {
  await using scene = await Scene.open();
  const names = Array.from({ length: POLLS }, (_, index) => `box ${index}`);
  const agents = await Promise.all(names.map((name) => scene.agent(name, ["all"])));
  const polls = Promise.all(agents.map(poll));
  while (scene.polls.size < POLLS) await new Promise(setImmediate);
  stopwatch.start();
  await scene.submit(command({ target: { type: "group", id: "all" } }));
  const answers = await polls;
  stopwatch.end();
  assert.deepEqual(answers.map((orders) => orders.length), names.map(() => 1));
});

const BATCHES = amount({ full: 100, quick: 5 });
const BATCH_EVENTS = 1_000;
const lines = eventsOfSize(BATCH_EVENTS).join("");

measure(
  { ...ROW, x: "events in, batches of 1,000", events: BATCHES * BATCH_EVENTS },
  async (stopwatch) => {
    await using scene = await Scene.open();
    const agent = await scene.agent("box");
    const body = new TextEncoder().encode(JSON.stringify({ agent: { id: agent.agentId } }) + lines);
    const statuses = new Set<number>();
    stopwatch.start();
    for (let batch = 0; batch < BATCHES; batch++) {
      const answer = await agent.postEvents(body, { key: `batch ${batch}` });
      statuses.add(answer.status);
    }
    stopwatch.end();
    assert.deepEqual([...statuses], [204]);
    const { events, duplicates_suppressed } = await scene.test.stats();
    assert.deepEqual([events.stateless, duplicates_suppressed], [BATCHES * BATCH_EVENTS, 0]);
  },
);
