import assert from "node:assert/strict";
import { fill, QueueScene } from "../support/filled_queue.ts";
import { verifyQueue } from "./driver/verify_queue.ts";

Deno.test("the driver has each database checked by the agent itself, and reports every defect", async () => {
  using scene = new QueueScene();
  await fill(scene);
  const stopped = { name: "a1", configPath: scene.config };
  assert.deepEqual(await verifyQueue(stopped), []);
  scene.damage("UPDATE account SET taken_events = 9 WHERE stream = 'stateful'");
  const [problem = "", ...others] = await verifyQueue(stopped);
  assert.match(problem, /^a1: queue: account stateful: says 9 events/);
  assert.deepEqual(others, []);
});

Deno.test("the driver reports a database that is not there", async () => {
  using scene = new QueueScene();
  const [problem] = await verifyQueue({ name: "a1", configPath: scene.config });
  assert.match(problem ?? "", /^a1: queue cannot be verified: Error: /);
});
