/**
 * What a swarm does, phase by phase. Each phase gives its part of the report.
 *
 * @module
 */

import assert from "node:assert/strict";
import { v7 } from "uuid";
import type { RegistrationRequest } from "../../src/shared/protocol/wire.ts";
import { createKey } from "../../src/agent/identity/key.ts";
import { VERSION } from "../../src/shared/version.ts";
import { quantile } from "../report/statistics.ts";
import { sendBatches } from "./batch_load.ts";
import { ManagerDesk, untilReached } from "./manager_desk.ts";
import { Meter } from "./meter.ts";
import type { GivenManager, SwarmOptions } from "./options.ts";
import type { OwnManager } from "./own_manager.ts";
import type {
  CommandReport,
  LoadReport,
  ReconnectReport,
  RegistrationReport,
  StartReport,
} from "./report.ts";
import { SimulatedAgent } from "./simulated_agent.ts";
import { Tally } from "./tally.ts";

const HOST: RegistrationRequest["host"] = {
  architecture: "x86_64",
  hostname: "swarm",
  ip: ["192.0.2.1"],
  os: { name: "Debian GNU/Linux", type: "Linux", version: "12" },
};

/** Longer than any swarm takes: an order that is given up would count as ended. */
const ORDER_TIMEOUT_SECONDS = 600;

/** A swarm and its manager. Dispose of it: all agents stop. */
export class Scenario implements AsyncDisposable {
  readonly #options: SwarmOptions;
  readonly #own: OwnManager | undefined;
  readonly #caCerts: string[];
  readonly #desk: ManagerDesk;
  readonly #tally = new Tally();
  /** Everything of this swarm is known by it, at a manager that others use too. */
  readonly #group = `swarm-${v7()}`;
  readonly #registrations: RegistrationRequest[];
  readonly #commsUrls: readonly string[];
  #agents: SimulatedAgent[] = [];

  /** @param own the manager at `address`, if it may be restarted */
  constructor(options: SwarmOptions, address: GivenManager, own: OwnManager | undefined) {
    const { caCertPath, commsUrls } = address;
    this.#options = options;
    this.#own = own;
    this.#commsUrls = commsUrls;
    this.#caCerts = caCertPath === undefined ? [] : [Deno.readTextFileSync(caCertPath)];
    this.#desk = new ManagerDesk(address, this.#caCerts);
    this.#registrations = Array.from({ length: options.agents }, (_, index) => ({
      id: v7(),
      name: `${this.#group}-${index + 1}`,
      key: createKey(),
      type: "Endpoint",
      version: VERSION,
      host: HOST,
      groups: [this.#group],
    }));
  }

  /** Registers the agents. */
  async register(): Promise<RegistrationReport> {
    await this.#desk.logIn(this.#options);
    const meter = this.#meter();
    await this.#desk.register(this.#registrations);
    const seconds = meter.seconds();
    return { agents: this.#options.agents, seconds, ...meter.usages() };
  }

  /** Starts all agents in one go. */
  async start(): Promise<StartReport> {
    const before = await this.#desk.openPolls();
    const { agents: count } = this.#options;
    const [caCerts, tally] = [this.#caCerts, this.#tally];
    const meter = this.#meter();
    this.#agents = this.#registrations.map((registration, index) =>
      new SimulatedAgent({ registration, commsUrl: this.#serversOf(index), caCerts, tally })
    );
    for (const agent of this.#agents) agent.start();
    await untilReached("Log-ins", count, () => tally.logins.succeeded);
    const loggedIn = meter.seconds();
    await this.#untilPollsOpen(before + count);
    return {
      logins: { ...tally.logins },
      logged_in_seconds: loggedIn,
      polls_open_seconds: meter.seconds(),
      ...meter.usages(),
    };
  }

  /** Sends batches at the rate asked for, and compares accounts with the manager. */
  async load(): Promise<LoadReport> {
    const { batchEvents } = this.#options;
    const before = await this.#desk.storedEvents();
    const meter = this.#meter();
    await sendBatches(this.#agents, this.#options);
    const seconds = meter.seconds();
    const usages = meter.usages();
    const batches = { ...this.#tally.batches };
    const stored = await this.#desk.storedEvents() - before;
    // A batch that was refused for good may have been stored all the same, when answers were lost.
    const least = batches.taken * batchEvents;
    const most = least + batches.failed * batchEvents;
    assert.ok(stored >= least && stored <= most, `${stored} events stored, ${least} acknowledged`);
    return {
      batches,
      events_stored: stored,
      events_acknowledged: least,
      seconds,
      batches_per_second: batches.taken / seconds,
      events_per_second: batches.taken * batchEvents / seconds,
      answer_ms: spread(this.#tally.answerTimesMs),
      ...usages,
    };
  }

  /** Sends one command to all agents and waits for all results. */
  async command(): Promise<CommandReport> {
    const { agents: count } = this.#options;
    const meter = this.#meter();
    const request = await this.#desk.sendToGroup(this.#group, ORDER_TIMEOUT_SECONDS);
    await untilReached("Orders delivered", count, () => this.#tally.orders);
    const delivered = meter.seconds();
    await untilReached(
      "Orders with a result",
      count,
      async () => (await this.#desk.request(request)).success,
    );
    return {
      orders: count,
      delivered_seconds: delivered,
      results_seconds: meter.seconds(),
      ...meter.usages(),
    };
  }

  /** Restarts the manager as {@linkcode OwnManager.restart} does, and waits for the agents. */
  async reconnect(manager: OwnManager, tokens: "kept" | "lost"): Promise<ReconnectReport> {
    const before = { ...this.#tally.logins };
    const awayMs = await manager.restart({ loseTokens: tokens === "lost" });
    const meter = this.#meter();
    await this.#desk.logIn(this.#options);
    await this.#untilPollsOpen(this.#options.agents);
    const { succeeded, put_off, failed } = this.#tally.logins;
    return {
      tokens,
      away_seconds: awayMs / 1_000,
      polls_open_seconds: meter.seconds(),
      logins: {
        succeeded: succeeded - before.succeeded,
        put_off: put_off - before.put_off,
        failed: failed - before.failed,
      },
      ...meter.usages(),
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#agents.map((agent) => agent.stop()));
    this.#desk[Symbol.dispose]();
  }

  #untilPollsOpen(count: number): Promise<void> {
    return untilReached("Open polls", count, () => this.#desk.openPolls());
  }

  /** All servers, each agent beginning at another one. */
  #serversOf(index: number): string {
    const first = index % this.#commsUrls.length;
    return [...this.#commsUrls.slice(first), ...this.#commsUrls.slice(0, first)].join(",");
  }

  #meter(): Meter {
    return new Meter(this.#own?.pid);
  }
}

function spread(values: readonly number[]): LoadReport["answer_ms"] {
  const at = (share: number) => values.length === 0 ? NaN : quantile(values, share);
  return { median: at(0.5), p99: at(0.99), max: at(1) };
}
