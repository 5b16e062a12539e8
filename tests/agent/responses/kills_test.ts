/**
 * The agent killed at every step of a response: before and after each write to the disk, and before and after each effect.
 *
 * @module
 */

import assert from "node:assert/strict";
import type { ResponseQueue } from "../../../src/agent/responses/response_steps.ts";
import { settle } from "../../support/fake_clock.ts";
import { type News, outcome, ResponseScene } from "./support.ts";

const IP = "192.0.2.7";

/** Counts the places where a process may end, and ends it at one. */
class Killer {
  passed = 0;
  killed = false;
  readonly #at: number;

  constructor(at: number) {
    this.#at = at;
  }

  /** Resolves, or never. */
  readonly point = (): Promise<void> => {
    if (this.passed++ !== this.#at && !this.killed) return Promise.resolve();
    this.killed = true;
    return new Promise(() => {});
  };

  /** A queue that is used until the process ends. */
  queue(real: ResponseQueue): ResponseQueue {
    return {
      look: (read) => real.look(read),
      transact: async (write) => {
        await this.point();
        const value = await real.transact(write);
        await this.point();
        return value;
      },
    };
  }
}

/** Something that is done with responses, by a process that may end. */
type Story = (scene: ResponseScene) => Promise<unknown>;

const STORIES: Record<string, Story> = {
  "enable, and its expiry": async (scene) => {
    await Promise.race([scene.block(IP, 60), settle("loop", 20)]);
    await scene.pass(60);
  },
  "enable, and an order to disable": async (scene) => {
    await Promise.race([scene.block(IP, 60), settle("loop", 20)]);
    const disable = scene.order({ command: "disable", source: { ip: IP } });
    await Promise.race([disable, settle("loop", 20)]);
  },
  "two enables and a reversal by hand": async (scene) => {
    await Promise.race([scene.block(IP, 60), settle("loop", 20)]);
    await Promise.race([scene.block(IP, 90), settle("loop", 20)]);
    const { signal } = new AbortController();
    await Promise.race([scene.responses.revert({ all: true }, signal), settle("loop", 20)]);
  },
  "an enable that fails, and its undoing": async (scene) => {
    scene.action.failures = [outcome(false, "exit status 1")];
    await Promise.race([scene.block(IP, 60), settle("loop", 20)]);
    await scene.pass(0);
  },
  "a reversal that fails, and the next": async (scene) => {
    await Promise.race([scene.block(IP, 60), settle("loop", 20)]);
    scene.action.failures = [outcome(false, "exit status 1")];
    await scene.pass(60);
    await scene.pass(60);
  },
  "an enable that runs once": async (scene) => {
    await Promise.race([scene.order({ source: { ip: IP } }), settle("loop", 20)]);
  },
};

/** Plays a story up to a place, then a next process; gives whether the process ended before the story did. */
async function playUpTo(place: number, story: Story): Promise<boolean> {
  using scene = new ResponseScene();
  const killer = new Killer(place);
  scene.action.point = killer.point;
  scene.responses = scene.process(killer.queue(scene.queue));
  scene.start();
  await story(scene);
  const { killed } = killer;
  // Nothing of the process goes on.
  killer.killed = true;
  scene.action.point = () => Promise.resolve();
  scene.action.failures = [];
  scene.responses = scene.process();
  scene.start();
  await settle("loop");
  await scene.pass(3 * 3_600);
  const told = await scene.news();
  await scene.stop();
  const where = `killed at place ${place}: ${JSON.stringify(told)} ${scene.action.calls}`;
  assert.deepEqual(scene.responses.list(), [], where);
  // What runs once stays as it is.
  const { effects } = scene.action;
  assert.ok(effects.size === 0 || effects.get(IP) === null, where);
  checkTold(told, where);
  return killed;
}

/** Each response has one end: reverted, or failed where nothing could be undone, or done for what runs once. */
function checkTold(told: readonly News[], where: string): void {
  let isOpen = false;
  for (const { action, reason } of told) {
    switch (action) {
      case "response-enabled":
        assert.equal(isOpen, false, where);
        isOpen = !reason.includes(": done");
        break;
      case "response-failed":
        isOpen ||= reason.includes("not enabled, and to be undone");
        break;
      default:
        assert.equal(isOpen, true, where);
        isOpen = false;
    }
  }
  assert.equal(isOpen, false, where);
}

for (const [name, story] of Object.entries(STORIES)) {
  Deno.test(`Responses: killed at every step of ${name}, each enable has exactly one end`, async () => {
    let places = 0;
    while (await playUpTo(places, story)) places++;
    assert.ok(places >= 5, `only ${places} places`);
  });
}
