/**
 * Moves rollouts on: one wave after the other, each when the one before it has settled.
 *
 * All that it decides by is in the database, and each step can be done again: a manager that is ended anywhere goes on at the next
 * start. The orders of a wave are named after it, so that those which were made already are found and not made twice.
 *
 * @module
 */

import { getLogger } from "@logtape/logtape";
import type { Clock } from "../../shared/clock.ts";
import type { NewCommand } from "../commands/command_request.ts";
import type { RequestOutcomes } from "../commands/request_outcomes.ts";
import { ConflictingRequest } from "../conflicting_request.ts";
import { InvalidRequest } from "../invalid_request.ts";
import { Loop } from "../loop.ts";
import type { Releases } from "../releases/releases.ts";
import { releaseProblem, requireRelease } from "./release_check.ts";
import { isFinished, type Rollout, type Wave } from "./rollout.ts";
import { rolloutDocument } from "./rollout_document.ts";
import { parseRolloutRequest, type RolloutRequest } from "./rollout_request.ts";
import type { RolloutTable } from "./rollout_table.ts";
import { agentsBegun, outcomeOf, together, tooManyFailed } from "./wave_outcomes.ts";
import { inTurn, parseShare, waveSizes } from "./wave_plan.ts";

const log = getLogger(["manager", "rollouts"]);

/** What somebody can have a rollout do. */
export type RolloutOperation = "pause" | "resume" | "cancel";

/** What {@linkcode Rollouts} is built with. */
interface RolloutsDeps {
  table: RolloutTable;
  outcomes: RequestOutcomes;
  commands: {
    submit(commands: readonly NewCommand[]): Promise<string[]>;
    withdraw(requestId: number): Promise<void>;
  };
  /** Missing in a manager that keeps no files. */
  releases?: Releases;
  /** Brings what is written down of the agents' states up to date. */
  refreshStates(): void;
  clock: Clock;
}

/** How soon orders that are out are looked at again, in milliseconds; counting many takes longer. */
const LOOK_AGAIN_MS = 1_000;
const AGENTS_PER_MS = 10;
const LONGEST_WAIT_MS = 30_000;

const SOURCE = "Users/Services";
const ACTION_VERSION = "1.0.0";

/** The rollouts of one manager. */
export class Rollouts {
  readonly #deps: RolloutsDeps;
  readonly #loop: Loop;

  constructor(deps: RolloutsDeps) {
    this.#deps = deps;
    this.#loop = new Loop({
      clock: deps.clock,
      name: "move rollouts on",
      step: () => this.#step(),
    });
  }

  /** Begins to move them on. */
  start(): void {
    this.#loop.start();
  }

  /** Resolves when nothing works on them any more. */
  async stop(): Promise<void> {
    await this.#loop.stop();
  }

  /**
   * Begins a rollout, and returns how it stands.
   *
   * @param body what was asked for, of whatever form
   * @throws InvalidRequest naming what is wrong with it, ConflictingRequest saying what is in the way
   */
  async create(body: unknown, user: string): Promise<object> {
    const request = parseRolloutRequest(body);
    const { clock, releases, table } = this.#deps;
    const { text, signed } = await requireRelease(releases, request.version, clock.now());
    // From here on nothing is awaited: two requests cannot both find an agent free.
    const turns = this.#plan(request);
    const id = table.add({
      version: request.version,
      release: signed.release,
      manifest: text,
      target: targetOf(request),
      waves: request.waves,
      stopShare: parseShare(request.stop_when_failed) ?? 0,
      timeoutS: request.timeout,
      agents: turns.all,
      user,
      createdMs: clock.now(),
    }, turns.waves);
    log.info("Rollout {id} of {version} to {agents} agents begins, by {user}", {
      id,
      version: request.version,
      agents: turns.all,
      user,
    });
    this.#loop.wake();
    return this.#document(this.#require(id));
  }

  /** How each stands, the newest first. */
  list(): object[] {
    return this.#deps.table.list().map((rollout) => this.#document(rollout));
  }

  /** How one stands; `undefined` when there is none. */
  show(id: number): object | undefined {
    const rollout = this.#deps.table.find(id);
    return rollout && this.#document(rollout);
  }

  /**
   * Has a rollout pause, go on, or end; what it does already changes nothing. `undefined` when there is none.
   *
   * @throws ConflictingRequest when it has ended
   */
  operate(id: number, operation: RolloutOperation, user: string): object | undefined {
    const rollout = this.#deps.table.find(id);
    if (rollout === undefined) return undefined;
    if (isFinished(rollout.state)) {
      if (operation === "cancel" && rollout.state === "cancelled") return this.#document(rollout);
      throw new ConflictingRequest(`Rollout ${id} has ended: ${rollout.state}`);
    }
    this.#operate(rollout, operation, user);
    log.info("Rollout {id}: {operation} by {user}", { id, operation, user });
    this.#loop.wake();
    return this.#document(this.#require(id));
  }

  #operate({ id, state, forgiven }: Rollout, operation: RolloutOperation, user: string): void {
    const { table, clock } = this.#deps;
    const nowMs = clock.now();
    switch (operation) {
      case "pause":
        if (state !== "running") return;
        return table.setState(id, { state: "paused", reason: `paused by ${user}`, nowMs });
      case "resume":
        if (state === "running") return;
        return table.setState(id, {
          state: "running",
          forgiven: state === "stopped" ? this.#counts(id).failed : forgiven,
          nowMs,
        });
      case "cancel": {
        const reason = `cancelled by ${user}`;
        return table.setState(id, { state: "cancelled", reason, nowMs, finished: true });
      }
    }
  }

  #plan(request: RolloutRequest): { all: number; waves: string[][] } {
    const { table, clock } = this.#deps;
    const { groups, agents: named = [] } = request;
    this.#deps.refreshStates();
    const agents = groups === undefined ? table.agentsOf(named) : table.agentsIn(groups);
    const unknown = named.find((id) => !agents.some((agent) => agent.id === id));
    if (unknown !== undefined) throw new InvalidRequest(`agents: there is no agent "${unknown}"`);
    if (agents.length === 0) throw new InvalidRequest("groups: no agent is in any of them");
    const sizes = waveSizes(request.waves, agents.length);
    const busy = table.busyAgent(agents.map(({ id }) => id));
    if (busy !== undefined) {
      const { agentId, rolloutId } = busy;
      throw new ConflictingRequest(
        `Agent ${agentId} is part of rollout ${rolloutId}, which has not ended`,
      );
    }
    const turns = inTurn(agents, `${clock.now()}`);
    let from = 0;
    const waves = sizes.map((size) => turns.slice(from, from += size));
    return { all: agents.length, waves };
  }

  /** Returns when to look again, in milliseconds; `undefined` when only somebody's word changes something. */
  async #step(): Promise<number | undefined> {
    let nextMs: number | undefined;
    for (const rollout of this.#deps.table.unsettled()) {
      const waitMs = await this.#advance(rollout);
      if (waitMs !== undefined) nextMs = Math.min(nextMs ?? Infinity, waitMs);
    }
    return nextMs;
  }

  async #advance(rollout: Rollout): Promise<number | undefined> {
    const waves = this.#deps.table.waves(rollout.id);
    const running = waves.find(({ begunMs, settledMs }) => begunMs !== null && settledMs === null);
    if (running !== undefined) return await this.#look(rollout, waves, running);
    if (rollout.state !== "running") return undefined;
    const next = waves.find(({ begunMs }) => begunMs === null);
    if (next === undefined) return this.#finish(rollout);
    return await this.#begin(rollout, next);
  }

  /** One wave is out. */
  async #look(rollout: Rollout, waves: Wave[], running: Wave): Promise<number | undefined> {
    const wave = running.requestId === null ? await this.#withOrders(rollout, running) : running;
    if (this.#deps.table.find(rollout.id)?.state !== rollout.state) return 0;
    const { outcomes, commands, table, clock } = this.#deps;
    if (wave.requestId === null) return this.#settle(rollout, wave);
    const all = together(waves.map((one) => outcomeOf(one === running ? wave : one, outcomes)));
    const goesOn = rollout.state === "running" || rollout.state === "paused";
    if (goesOn && tooManyFailed(rollout, waves, all)) {
      const reason = `${all.failed} of ${agentsBegun(waves)} agents failed`;
      log.warn("Rollout {id} stops: {reason}", { id: rollout.id, reason });
      table.setState(rollout.id, { state: "stopped", reason, nowMs: clock.now() });
      return 0;
    }
    if (!goesOn) await commands.withdraw(wave.requestId);
    if (outcomes.counts(wave.requestId).open === 0) return this.#settle(rollout, wave);
    return Math.min(LONGEST_WAIT_MS, LOOK_AGAIN_MS + Math.ceil(wave.agents / AGENTS_PER_MS));
  }

  async #begin(rollout: Rollout, wave: Wave): Promise<number | undefined> {
    const { table, clock, releases } = this.#deps;
    const reason = releaseProblem(releases, rollout.manifest, clock.now());
    if (reason !== undefined) {
      log.warn("Rollout {id} stops: {reason}", { id: rollout.id, reason });
      table.setState(rollout.id, { state: "stopped", reason, nowMs: clock.now() });
      return undefined;
    }
    table.beginWave(rollout.id, wave.number, clock.now());
    await this.#withOrders(rollout, wave);
    return LOOK_AGAIN_MS;
  }

  /** The wave with its orders: those that a manager before made, or new ones; without any when nobody is left to have one. */
  async #withOrders(rollout: Rollout, wave: Wave): Promise<Wave> {
    const { outcomes, table } = this.#deps;
    const name = `rollout ${rollout.id} wave ${wave.number}`;
    const isWanted = rollout.state === "running" || rollout.state === "paused";
    const requestId = outcomes.requestOf(name) ??
      (isWanted ? await this.#order(rollout, wave, name) : undefined);
    if (requestId === undefined) return wave;
    table.setRequest(rollout.id, wave.number, requestId);
    return { ...wave, requestId };
  }

  async #order(rollout: Rollout, wave: Wave, name: string): Promise<number | undefined> {
    const { table, commands } = this.#deps;
    const agents = table.agentsInWave(rollout.id, wave.number);
    const { version, manifest, user, timeoutS } = rollout;
    try {
      const [id = ""] = await commands.submit([{
        source: SOURCE,
        user,
        target: { type: "agents", id: name, agents },
        action: {
          name: "update",
          version: ACTION_VERSION,
          args: { version, manifest: JSON.parse(manifest) },
        },
        timeout: timeoutS,
      }]);
      return Number(id.split("-")[1]);
    } catch (error) {
      // All of its agents have been removed.
      if (error instanceof InvalidRequest) return undefined;
      throw error;
    }
  }

  #settle(rollout: Rollout, wave: Wave): number {
    const { table, outcomes, clock } = this.#deps;
    const { requestId } = wave;
    const outcome = outcomeOf(wave, outcomes);
    const withdrawn = requestId === null ? [] : outcomes.agents(requestId, "withdrawn");
    // They are counted where they get their turn.
    const counts = requestId === null
      ? { ...outcome.counts, open: 0, not_reached: wave.agents }
      : { ...outcome.counts, withdrawn: 0 };
    table.settleWave(rollout.id, wave, {
      outcome: { ...outcome, counts },
      withdrawn: isFinished(rollout.state) ? [] : withdrawn,
      nowMs: clock.now(),
    });
    log.info("Rollout {id}: wave {wave} has settled", {
      id: rollout.id,
      wave: wave.number,
      ...counts,
    });
    return 0;
  }

  #finish({ id }: Rollout): undefined {
    const { table, clock } = this.#deps;
    table.setState(id, { state: "done", nowMs: clock.now(), finished: true });
    log.info("Rollout {id} is done", { id, ...this.#counts(id) });
  }

  #counts(id: number) {
    const { table, outcomes } = this.#deps;
    return together(table.waves(id).map((wave) => outcomeOf(wave, outcomes)));
  }

  #document(rollout: Rollout): object {
    const { table, outcomes } = this.#deps;
    const waves = table.waves(rollout.id)
      .map((wave) => ({ ...wave, outcome: outcomeOf(wave, outcomes) }));
    return rolloutDocument(rollout, waves);
  }

  #require(id: number): Rollout {
    const rollout = this.#deps.table.find(id);
    if (rollout === undefined) throw new Error(`Rollout ${id} is gone`);
    return rollout;
  }
}

function targetOf({ groups, agents }: RolloutRequest) {
  return groups === undefined ? { agents: agents?.length } : { groups };
}
