/** After crashes anywhere, outages and refusals, the documents at the server are exactly those of the machine. */

import assert from "node:assert/strict";
import { encodeStateless } from "../../../src/shared/protocol/event_encoder.ts";
import { TempFolder } from "../../support/queues.ts";
import { randomFrom } from "../../support/random.ts";
import { Kill } from "./support/kill.ts";
import { DocumentServer, StateScene } from "./support/state_scene.ts";

const RUNS = 20;
const KEYS = Array.from({ length: 40 }, (_, index) => `k${String(index).padStart(2, "0")}`);

/** What the machine has. */
type Machine = Map<string, number>;

/** Changes the machine, and has it seen in one way or another. */
async function live(scene: StateScene, machine: Machine, random: () => number): Promise<void> {
  const { keeper, signal } = scene;
  const pick = () => KEYS[Math.floor(random() * KEYS.length)] ?? "";
  const tell = () => encodeStateless({ module: "test" }, { event: {} });
  const seen = new Set<string>();
  for (let changes = 1 + Math.floor(random() * 12); changes > 0; changes--) {
    const key = pick();
    if (random() < 0.35) machine.delete(key);
    else machine.set(key, Math.floor(random() * 4));
    seen.add(key);
  }
  if (random() < 0.4) {
    const changes = [...seen].map((key) => {
      const value = machine.get(key);
      return value === undefined ? { gone: key } : { item: scene.item(key, value) };
    });
    await keeper.apply("things", changes, { signal, tell });
  } else await scan(scene, machine, random() < 0.2);
  if (random() < 0.6) await scene.deliver({ maxEvents: 1 + Math.floor(random() * 6) });
}

async function scan(scene: StateScene, machine: Machine, fails = false): Promise<void> {
  function* items() {
    let count = 0;
    for (const [key, value] of [...machine].sort(([one], [other]) => one < other ? -1 : 1)) {
      if (fails && ++count > 5) throw new Error("the disk is busy");
      yield scene.item(key, value);
    }
  }
  await scene.keeper.scan("things", items(), { signal: scene.signal });
}

/** Returns how often it was killed. */
async function run(seed: number): Promise<number> {
  const random = randomFrom(seed);
  const machine: Machine = new Map();
  const server = new DocumentServer();
  let folder = new TempFolder();
  let kills = 0;
  for (let life = 0; life < 4; life++) {
    using kill = new Kill(1 + Math.floor(random() * 40));
    {
      using scene = new StateScene(folder, { server });
      scene.options = { ...scene.options, window: 1 + Math.floor(random() * 8) };
      const end = kill.watch(scene, folder);
      await scene.adopt();
      for (let round = 0; round < 6 && kill.documents === undefined; round++) {
        await live(scene, machine, random);
      }
      end();
    }
    if (kill.documents === undefined) continue;
    kills++;
    using _ = folder;
    folder = kill.goBack(server);
  }
  using _ = folder;
  using scene = new StateScene(folder, { server });
  await scene.adopt();
  await scan(scene, machine);
  await scene.deliver();
  const expected = [...machine].sort(([one], [other]) => one < other ? -1 : 1);
  assert.deepEqual(Object.entries(scene.shown()), expected, `seed ${seed}`);
  assert.equal(scene.queue.deadLetters().events, 0, `seed ${seed}`);
  return kills;
}

Deno.test(`after ${RUNS} × 4 lives that end anywhere the server shows what the machine has: none lost, none surplus`, async () => {
  let kills = 0;
  for (let seed = 1; seed <= RUNS; seed++) kills += await run(seed);
  assert.ok(kills >= 50, `only ${kills} kills`);
});
