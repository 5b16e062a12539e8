/**
 * One run: start, faults, and then everything has to come to its end within a given time.
 *
 * @module
 */

import { randomFrom } from "../support/random.ts";
import { problemsOf } from "./account.ts";
import { FaultAgent } from "./agents.ts";
import { Fleet } from "./fleet.ts";
import { Operator } from "./operator.ts";
import type { FaultsOptions } from "./options.ts";
import { planOf, strikeAll } from "./plan.ts";
import { Scene } from "./scene.ts";
import { StoredBatches } from "./stored_batches.ts";
import { pause, within } from "./time_limits.ts";

/** Orders and batches are over so long after the last fault. */
const SETTLES_WITHIN_MS = 120_000;
const LEAVES_WITHIN_MS = 30_000;

/** What came of a run. */
export interface Outcome {
  /** How often each fault has struck. */
  faults: Record<string, number>;
  batches: number;
  orders: number;
  /** How often each status was answered to batches; 0 for no answer. */
  answers: Record<string, number>;
  /** The longest times without any batch being answered as stored. */
  silences: Fleet["silences"];
  /** From the last fault until everything was over. */
  settled_after_s: number;
  problems: string[];
  /** How the streams stand; only where there are problems. */
  streams?: unknown;
}

/** Runs. @param folder for data and logs. @throws Error when it cannot even begin */
export async function run(options: FaultsOptions, folder: string): Promise<Outcome> {
  const { minutes, only, seed } = options;
  const rounds = planOf(randomFrom(seed), { roomMs: minutes * 60_000, only });
  await using scene = await Scene.start(folder);
  scene.endOnSignals();
  const crowd = await Crowd.begin(scene, options);
  const problems: string[] = [];
  const faults = await strikeAll(crowd.struck, rounds, performance.now() + minutes * 60_000)
    .catch((error) => {
      problems.push(`A fault: ${error instanceof Error ? error.message : error}`);
      return new Map<string, number>();
    });
  const fromMs = performance.now();
  problems.push(...await crowd.settle());
  const settledMs = performance.now() - fromMs;
  const found = [...problems, ...await crowd.account()];
  const streams = found.length === 0 ? {} : { streams: await describe(scene) };
  for (const [index, server] of scene.servers.servers.entries()) {
    await Deno.writeTextFile(`${folder}/s${index}.log`, server.log);
  }
  const { fleet } = crowd.struck;
  return {
    faults: Object.fromEntries(faults),
    batches: fleet.acknowledged.size,
    orders: crowd.operator.given,
    answers: Object.fromEntries([...fleet.answers].map(([status, n]) => [String(status), n])),
    silences: fleet.silences,
    settled_after_s: Math.round(settledMs / 100) / 10,
    problems: found,
    ...streams,
  };
}

/** How the streams stand, for who looks for a reason. */
async function describe({ servers }: Scene): Promise<unknown> {
  return await servers.ask((manager) => manager.streams.list().next()).catch(String);
}

/** The agents and the operator, at work. */
class Crowd {
  readonly #scene: Scene;
  readonly #agents: readonly FaultAgent[];
  readonly #fleet: Fleet;
  readonly #stored = new StoredBatches();
  readonly #ending: AbortController;
  readonly #leaving: AbortController;
  readonly #closing = new AbortController();
  readonly #working: Promise<unknown>;
  readonly #watching: Promise<void>;
  readonly operator: Operator;

  private constructor(
    scene: Scene,
    { agents, fleet, operator, ending, leaving }: {
      agents: readonly FaultAgent[];
      fleet: Fleet;
      operator: Operator;
      ending: AbortController;
      leaving: AbortController;
    },
  ) {
    this.#scene = scene;
    this.#agents = agents;
    this.#fleet = fleet;
    this.operator = operator;
    this.#ending = ending;
    this.#leaving = leaving;
    fleet.begin();
    this.#working = Promise.all(agents.map((agent) => agent.run()));
    this.#watching = operator.watch(agents, this.#closing.signal);
  }

  static async begin(scene: Scene, { seed, agents: count }: FaultsOptions): Promise<Crowd> {
    const ending = new AbortController();
    const leaving = new AbortController();
    const fleet = new Fleet({
      url: scene.balancer.url,
      managers: scene.managers,
      ending: ending.signal,
      leaving: leaving.signal,
    });
    const operator = new Operator(scene.managers, randomFrom(seed + 1));
    const agents = Array.from(
      { length: count },
      (_, index) => new FaultAgent(fleet, { index, random: randomFrom(seed + 2 + index) }),
    );
    for (const agent of agents) await agent.register(await operator.token());
    return new Crowd(scene, { agents, fleet, operator, ending, leaving });
  }

  get struck() {
    return { scene: this.#scene, fleet: this.#fleet, stored: this.#stored };
  }

  /** Nothing new, and what is under way ends. Returns what does not. */
  async settle(): Promise<string[]> {
    this.#closing.abort();
    await this.#watching;
    const open = await this.#whenOrdersEnd();
    this.#ending.abort();
    const inTime = await within("", LEAVES_WITHIN_MS, this.#working).then(() => true, () => false);
    if (inTime) return open;
    const outstanding = this.#agents.flatMap((agent) => agent.outstanding);
    this.#leaving.abort();
    await within("Agents leave", LEAVES_WITHIN_MS, this.#working).catch((error) => {
      outstanding.push(String(error));
    });
    return [...open, ...outstanding];
  }

  /** See {@linkcode problemsOf}. */
  async account(): Promise<string[]> {
    const { servers } = this.#scene;
    const parties = { servers, fleet: this.#fleet, operator: this.operator, stored: this.#stored };
    try {
      return await problemsOf(parties);
    } catch (error) {
      return [`It cannot be counted: ${error instanceof Error ? error.message : error}`];
    } finally {
      for (const agent of this.#agents) agent[Symbol.dispose]();
    }
  }

  async #whenOrdersEnd(): Promise<string[]> {
    const untilMs = performance.now() + SETTLES_WITHIN_MS;
    for (;;) {
      const open = await this.operator.outstanding();
      if (open.length === 0 || performance.now() > untilMs) return open;
      await pause(500);
    }
  }
}
