import assert from "node:assert/strict";
import { DoctorScene } from "../../../support/doctor_scene.ts";

Deno.test("agent status tells of a damaged database of an agent that does not run, in words, as JSON and by its status", async () => {
  await using scene = await DoctorScene.open();
  scene.makeQueue();
  const path = `${scene.dataFolder}/agent.db`;
  Deno.writeFileSync(path, Deno.readFileSync(path).fill(0x5a, 100, 4096));
  const shown = await scene.run("status");
  assert.match(shown.stdout, /^health +FAILING/);
  assert.match(shown.stdout, /queue_unreadable: Queue .* is damaged/);
  assert.equal(shown.code, 3, "it does not run");
  assert.equal((await scene.run("status", "--check")).code, 17);
  const { queue } = JSON.parse((await scene.run("status", "--json")).stdout);
  assert.match(queue.unreadable.reason, /is damaged/);
  assert.match(queue.unreadable.hint, /agent/);
});
