/** After crashes anywhere, outages and refusals, the documents at the server are exactly those of the machine. */

import assert from "node:assert/strict";
import { encodeStateless } from "../../../src/shared/protocol/event_encoder.ts";
import { TempFolder } from "../../support/queues.ts";
import { randomFrom } from "../../support/random.ts";
import { DocumentServer, StateScene } from "./support/state_scene.ts";

const RUNS = 20;
const KEYS = Array.from({ length: 40 }, (_, index) => `k${String(index).padStart(2, "0")}`);

/** What the machine has. */
type Machine = Map<string, number>;

/** The file as a killed process leaves it: whatever it wrote, and nothing of what it was about to. */
function leave(from: TempFolder, to: TempFolder): void {
  for (const name of ["agent.db", "agent.db-wal"]) {
    try {
      Deno.copyFileSync(from.file(name), to.file(name));
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
}

/** Keeps what the disk and the server were like at a random commit or request. */
class Kill {
  readonly image = new TempFolder();
  /** What the server had then; undefined until it happened. */
  documents: Map<string, Record<string, unknown>> | undefined;
  #left: number;

  constructor(after: number) {
    this.#left = after;
  }

  step(scene: StateScene, folder: TempFolder): void {
    if (--this.#left !== 0) return;
    leave(folder, this.image);
    this.documents = new Map(scene.server.documents);
    // Nothing that the process still does reaches anybody.
    scene.server.isAway = true;
  }
}

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
    using kill = new KillScope(1 + Math.floor(random() * 40));
    {
      using scene = new StateScene(folder, { server });
      scene.options = { ...scene.options, window: 1 + Math.floor(random() * 8) };
      const end = scene.queue.onChange(() => kill.step(scene, folder));
      const take = server.take.bind(server);
      // After the server has taken a request, and before anybody has heard of it.
      server.take = (lines) => {
        const answer = take(lines);
        kill.step(scene, folder);
        return server.isAway ? { kind: "retry", reason: "away" } as const : answer;
      };
      await scene.adopt();
      for (let round = 0; round < 6 && kill.documents === undefined; round++) {
        await live(scene, machine, random);
      }
      end();
      server.take = take;
    }
    if (kill.documents === undefined) continue;
    kills++;
    server.documents.clear();
    for (const [key, document] of kill.documents) server.documents.set(key, document);
    server.isAway = false;
    using _ = folder;
    folder = kill.keepImage();
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

/** A kill whose image goes away unless somebody keeps it. */
class KillScope extends Kill implements Disposable {
  #isKept = false;

  keepImage(): TempFolder {
    this.#isKept = true;
    return this.image;
  }

  [Symbol.dispose](): void {
    if (!this.#isKept) this.image[Symbol.dispose]();
  }
}

Deno.test(`after ${RUNS} × 4 lives that end anywhere the server shows what the machine has: none lost, none surplus`, async () => {
  let kills = 0;
  for (let seed = 1; seed <= RUNS; seed++) kills += await run(seed);
  assert.ok(kills >= 50, `only ${kills} kills`);
});
