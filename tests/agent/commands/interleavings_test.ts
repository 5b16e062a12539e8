/**
 * Random interleavings of everything that can happen between a manager and an agent: lists that come, come twice or are lost,
 * crashes before and after every commit, stops, results whose acknowledgement is lost. Whatever the order:
 *
 * - an order runs at most once,
 * - it is reported at least once, and again when the manager asks again,
 * - and all its reports say the same, which is what happened.
 *
 * The database is real, and so is the runner; a process dies by never hearing again of what it wrote. A failure names its seed.
 *
 * @module
 */

import assert from "node:assert/strict";
import { setImmediate } from "node:timers/promises";
import type { Queue } from "../../../src/agent/queue/queue.ts";
import { openQueue, roomy, TempFolder } from "../../support/queues.ts";
import { randomFrom } from "../../support/random.ts";
import { AgentProcess, type Fate } from "./support/agent_process.ts";
import { order, readRows, resultsIn } from "./support/journals.ts";

const SEEDS = 200;
const STEPS = 80;
const MAX_ROUNDS_TO_SETTLE = 30;

Deno.test("an order runs at most once, is reported, and has one outcome, whatever happens", async () => {
  for (let seed = 1; seed <= SEEDS; seed++) {
    using world = new World(randomFrom(seed));
    try {
      await world.live();
    } catch (error) {
      throw new Error(`Seed ${seed}: ${world.story.join(" ")}`, { cause: error });
    }
  }
});

/** A manager that knows everything, one data folder, and one agent's process after the other. */
class World implements Disposable {
  readonly story: string[] = [];
  readonly #random: () => number;
  readonly #folder = new TempFolder();
  readonly #fates = new Map<string, Fate>();
  #queue: Queue;
  #agent: AgentProcess;

  constructor(random: () => number) {
    this.#random = random;
    this.#queue = openQueue(this.#folder, { durability: "normal" });
    this.#agent = new AgentProcess(this.#queue, this.#fates);
    const members = [
      ...["a", "b", "c"].map((id) => order(id, "one")),
      ...["d", "e"].map((id) => order(id, "two")),
      order("r", "restart"),
      order("w", "one", { wrong: true }),
      order("u", "unknown"),
      { document_id: "m", action: { name: "one" }, timeout: "malformed" },
      { id: "l", type: "two" },
    ];
    for (const member of members) {
      const id = String(Object.values(member)[0]);
      this.#fates.set(id, { member, runs: 0, ended: undefined, told: [], known: false });
    }
  }

  /** Makes the disk fast: what is tested here survives a process, not a power cut. */
  async #makeDiskFast(): Promise<void> {
    const database = await this.#queue.transact((transaction) => transaction.database);
    database.exec("PRAGMA synchronous = OFF");
  }

  /** Lives through one random history, then lets everything come to its end, and judges. */
  async live(): Promise<void> {
    await this.#makeDiskFast();
    for (let step = 0; step < STEPS; step++) await this.#step();
    await this.#settle(() => this.#agent.ended || this.#unreported().length > 0);
    for (const id of this.#journalled()) assert.ok(this.#fates.get(id)?.told[0], `${id} is silent`);
    await this.#settle(() => this.#open().length > 0, () => this.#deliver(this.#open()));
    assert.deepEqual(this.#unreported(), []);
    for (const [id, fate] of this.#fates) judge(id, fate);
  }

  [Symbol.dispose](): void {
    this.#queue.close();
    this.#folder[Symbol.dispose]();
  }

  async #step(): Promise<void> {
    if (this.#agent.ended) return await this.#nextProcess("started");
    const dice = this.#random();
    const { writes, answers, executions } = this.#agent;
    if (dice < 0.03) await this.#nextProcess("CRASHED");
    else if (dice < 0.05 || (this.#agent.wantsStop && dice < 0.2)) this.#agent.stop();
    else if (dice < 0.25) this.#deliver(this.#pick([...this.#fates.entries()]));
    else if (dice < 0.5) await this.#take(writes)?.();
    else if (dice < 0.75) this.#take(answers)?.();
    else if (dice < 0.85) this.#take(executions)?.(this.#random() < 0.7);
    else await this.#collect({ acknowledged: dice < 0.93, lost: dice < 0.89 });
    await turn();
  }

  /** Nothing goes wrong any more: rounds of everything until all is quiet. */
  async #settle(goesOn: () => boolean, begin = () => {}): Promise<void> {
    let round = 0;
    do {
      assert.ok(round++ < MAX_ROUNDS_TO_SETTLE, `never ends: ${this.#open().map(([id]) => id)}`);
      if (this.#agent.ended) await this.#nextProcess("started");
      if (this.#agent.wantsStop) this.#agent.stop();
      await this.#work();
      begin();
      await this.#work();
      await this.#collect({ acknowledged: true, lost: false });
      await this.#collect({ acknowledged: true, lost: false });
      // A command that is delivered again is answered again after a minute at the earliest.
      const { clock, executions, wantsStop } = this.#agent;
      if (executions.length === 0 && !wantsStop) await clock.advance(60_000);
    } while (goesOn());
  }

  /** Whatever the agent wants to do, until it waits. */
  async #work(): Promise<void> {
    const { writes, answers, executions } = this.#agent;
    do {
      await this.#take(writes)?.();
      this.#take(answers)?.();
      this.#take(executions)?.(true);
      await turn();
    } while (writes.length + answers.length + executions.length > 0);
  }

  /** The manager answers a poll; one answer in three is lost on the way. */
  #deliver(orders: [string, Fate][]): void {
    if (this.#agent.busy || this.#random() < 0.33) return;
    this.#note(`deliver(${orders.map(([id]) => id)})`);
    this.#agent.accept(orders.map(([, { member }]) => member));
  }

  /** The agent sends its results; without the acknowledgement it sends the same again. */
  async #collect({ acknowledged, lost }: { acknowledged: boolean; lost: boolean }): Promise<void> {
    const batch = this.#queue.openBatches("stateful")[0] ??
      await this.#queue.claim("stateful", {
        limits: roomy,
        encoding: "identity",
        agent_line: "{}",
      });
    if (batch === undefined) return;
    for (const { id, code, message } of resultsIn(this.#queue.body(batch))) {
      this.#note(`result(${id}:${code})`);
      const fate = this.#fates.get(id);
      assert.ok(fate);
      fate.told.push({ code, message });
      fate.known ||= !lost;
    }
    if (acknowledged) await this.#queue.acknowledge(batch, { status: 200 });
  }

  async #nextProcess(how: string): Promise<void> {
    this.#note(how);
    this.#queue.close();
    this.#queue = openQueue(this.#folder, { durability: "normal" });
    await this.#makeDiskFast();
    this.#agent = new AgentProcess(this.#queue, this.#fates);
  }

  /** The orders that the manager has no result for. */
  #open(): [string, Fate][] {
    return [...this.#fates.entries()].filter(([, { known }]) => !known);
  }

  #unreported(): string[] {
    return this.#journalled((state) => state !== "reported");
  }

  #journalled(inState: (state: string) => boolean = () => true): string[] {
    return readRows(this.#folder).filter(({ state }) => inState(state)).map((row) =>
      row.document_id
    );
  }

  #pick<T>(all: T[]): T[] {
    return Array.from({ length: 3 }, () => this.#one(all)).filter((one) => one !== undefined);
  }

  #one<T>(all: T[]): T | undefined {
    return all[Math.floor(this.#random() * all.length)];
  }

  #take<T>(all: T[]): T | undefined {
    return all.splice(Math.floor(this.#random() * all.length), 1)[0];
  }

  #note(text: string): void {
    this.story.push(text);
  }
}

const STOPPED = "agent stopped during execution";

function judge(id: string, { runs, ended, told }: Fate): void {
  const [first] = told;
  assert.ok(first);
  for (const again of told) assert.deepEqual(again, first, `${id} has two outcomes`);
  assert.ok(runs <= 1, `${id} ran ${runs} times`);
  const { code, message } = first;
  if (id === "m") assert.match(message, /^Malformed command: "timeout"/);
  else if (id === "r") assert.deepEqual(first, { code: 0, message: "agent restarted" });
  else if (code === 1 && message === STOPPED) return;
  else if (id === "w") assert.match(message, /^wrong arguments/);
  else if (id === "u") assert.match(message, /^unknown action "unknown"/);
  else assert.deepEqual(first, ended, `${id} is told to have ended otherwise than it did`);
  if ("mwu".includes(id)) assert.equal(runs, 0);
}

/** Lets promises run, and one turn of the event loop. */
async function turn(): Promise<void> {
  await setImmediate();
}
