import assert from "node:assert/strict";
import { getLogger } from "@logtape/logtape";
import { RareWarning } from "../../../src/manager/nats/rare_warning.ts";
import { LoggedLines } from "./scene.ts";

const log = getLogger(["manager", "test"]);

class Scene {
  nowMs = 0;
  readonly warning = new RareWarning(log, {
    now: () => 0,
    monotonic: () => this.nowMs,
    sleep: () => Promise.reject(new Error("nobody sleeps here")),
  });
}

Deno.test("RareWarning says each of several texts once a minute, with what it left out", () => {
  using logged = new LoggedLines();
  const scene = new Scene();
  for (let turn = 0; turn < 10; turn++) {
    scene.warning.warn("one");
    scene.warning.warn("two", 5);
  }
  assert.deepEqual(logged.lines, ["warning one", "warning two (5 messages)"]);
  scene.nowMs = 60_000;
  scene.warning.warn("one");
  scene.warning.warn("two", 5);
  assert.deepEqual(logged.lines.slice(2), [
    "warning one (and 9 times more)",
    "warning two (50 messages, and 9 times more)",
  ]);
});

Deno.test("RareWarning forgets what is over, and texts beyond the sixteenth", () => {
  using logged = new LoggedLines();
  const { warning } = new Scene();
  warning.warn("one");
  warning.settle();
  warning.warn("one");
  assert.equal(logged.lines.length, 2);
  for (let index = 0; index < 16; index++) warning.warn(`other ${index}`);
  warning.warn("other 15");
  warning.warn("one");
  assert.equal(logged.lines.length, 19);
});
