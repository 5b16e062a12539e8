/**
 * Rollouts as people ask for them and look at them, and the loop that moves them on.
 *
 * @module
 */

import { getLogger } from "@logtape/logtape";
import { ConflictingRequest } from "../conflicting_request.ts";
import { InvalidRequest } from "../invalid_request.ts";
import { Loop } from "../loop.ts";
import { requireRelease } from "./release_check.ts";
import { isFinished, type Rollout } from "./rollout.ts";
import { rolloutDocument } from "./rollout_document.ts";
import { parseRolloutRequest, type RolloutRequest } from "./rollout_request.ts";
import { RolloutSteps, type StepsDeps } from "./rollout_steps.ts";
import { outcomeOf, together } from "./wave_outcomes.ts";
import { inTurn, parseShare, waveSizes } from "./wave_plan.ts";

const log = getLogger(["manager", "rollouts"]);

/** What somebody can have a rollout do. */
export type RolloutOperation = "pause" | "resume" | "cancel";

/** What {@linkcode Rollouts} is built with. */
interface RolloutsDeps extends StepsDeps {
  /** Brings what is written down of the agents' states up to date. */
  refreshStates(): void;
}

const RETRY_AFTER_MS = 1_000;
/** When a manager that does not move them on looks whether it does now. */
const LOOK_FOR_DUTY_MS = 5_000;

/** The rollouts of one manager. */
export class Rollouts {
  readonly #deps: RolloutsDeps;
  readonly #steps: RolloutSteps;
  readonly #loop: Loop;

  constructor(deps: RolloutsDeps) {
    this.#deps = deps;
    this.#steps = new RolloutSteps(deps);
    this.#loop = new Loop({
      clock: deps.clock,
      name: "move rollouts on",
      step: () => this.#step(),
    });
    deps.table.whenChanged(() => this.#loop.wake());
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
    const createdMs = clock.now();
    let agents = 0;
    // Looks and writes in one: two requests cannot both find an agent free.
    const id = await table.add(() => {
      const turns = this.#plan(request);
      agents = turns.all;
      const rollout = {
        version: request.version,
        release: signed.release,
        manifest: text,
        target: targetOf(request),
        waves: request.waves,
        stopShare: parseShare(request.stop_when_failed) ?? 0,
        timeoutS: request.timeout,
        retry: request.retry,
        agents,
        user,
        createdMs,
      };
      return { rollout, turns: turns.waves };
    });
    log.info("Rollout {id} of {version} to {agents} agents begins, by {user}", {
      id,
      version: request.version,
      agents,
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
  async operate(
    id: number,
    operation: RolloutOperation,
    user: string,
  ): Promise<object | undefined> {
    for (;;) {
      const rollout = this.#deps.table.find(id);
      if (rollout === undefined) return undefined;
      if (isFinished(rollout.state)) {
        if (operation === "cancel" && rollout.state === "cancelled") return this.#document(rollout);
        throw new ConflictingRequest(`Rollout ${id} has ended: ${rollout.state}`);
      }
      // It may have moved on by itself meanwhile.
      if (await this.#operate(rollout, operation, user)) break;
    }
    log.info("Rollout {id}: {operation} by {user}", { id, operation, user });
    this.#loop.wake();
    return this.#document(this.#require(id));
  }

  /** Returns false when it did not stand as it was thought to. */
  async #operate(
    { id, state: from, forgiven }: Rollout,
    operation: RolloutOperation,
    user: string,
  ): Promise<boolean> {
    const { table, clock } = this.#deps;
    const nowMs = clock.now();
    switch (operation) {
      case "pause": {
        if (from !== "running") return true;
        return await table.setState(id, {
          from,
          state: "paused",
          reason: `paused by ${user}`,
          nowMs,
        });
      }
      case "resume": {
        if (from === "running") return true;
        const failed = from === "stopped" ? this.#counts(id).failed : forgiven;
        return await table.setState(id, { from, state: "running", forgiven: failed, nowMs });
      }
      case "cancel": {
        const reason = `cancelled by ${user}`;
        return await table.setState(id, {
          from,
          state: "cancelled",
          reason,
          nowMs,
          finished: true,
        });
      }
    }
  }

  #plan(request: RolloutRequest): { all: number; waves: string[][] } {
    const { table } = this.#deps;
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
    const turns = inTurn(agents);
    let from = 0;
    const waves = sizes.map((size) => turns.slice(from, from += size));
    return { all: agents.length, waves };
  }

  /** Returns when to look again, in milliseconds; `undefined` when only somebody's word changes something. */
  async #step(): Promise<number | undefined> {
    if (!this.#deps.table.moves()) return LOOK_FOR_DUTY_MS;
    let nextMs: number | undefined;
    for (const rollout of this.#deps.table.unsettled()) {
      const waitMs = await this.#advance(rollout);
      if (waitMs !== undefined) nextMs = Math.min(nextMs ?? Infinity, waitMs);
    }
    return nextMs;
  }

  /** What goes wrong with one keeps no other one. */
  async #advance(rollout: Rollout): Promise<number | undefined> {
    try {
      return await this.#steps.advance(rollout);
    } catch (error) {
      log.error("Cannot move rollout {id} on: {error}", { id: rollout.id, error: String(error) });
      return RETRY_AFTER_MS;
    }
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
