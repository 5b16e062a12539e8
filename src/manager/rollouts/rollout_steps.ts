/**
 * The steps of a rollout: a wave begins, is looked at until all of its orders have ended, and settles; then the next one begins.
 *
 * All that a step goes by is in the database, and each can be done again: a manager that is ended anywhere goes on at the next start.
 * The orders of a wave are named after it, so that those which were made already are found and not made twice.
 *
 * @module
 */

import { getLogger } from "@logtape/logtape";
import type { Clock } from "../../shared/clock.ts";
import type { NewCommand } from "../commands/command_request.ts";
import type { RequestOutcomes } from "../commands/request_outcomes.ts";
import { InvalidRequest } from "../invalid_request.ts";
import type { Releases } from "../releases/releases.ts";
import { releaseProblem } from "./release_check.ts";
import { isFinished, type Rollout, type Wave } from "./rollout.ts";
import type { RolloutStore } from "../stores/rollouts.ts";
import { agentsBegun, outcomeOf, together, tooManyFailed } from "./wave_outcomes.ts";

const log = getLogger(["manager", "rollouts"]);

/** What {@linkcode RolloutSteps} are built with. */
export interface StepsDeps {
  table: RolloutStore;
  outcomes: RequestOutcomes;
  commands: {
    submitOnce(command: NewCommand): Promise<number>;
    isMade(requestId: number): boolean;
    withdraw(requestId: number): Promise<void>;
  };
  /** Missing in a manager that keeps no files. */
  releases?: Releases;
  clock: Clock;
}

/** How soon orders that are out are looked at again, in milliseconds; counting many takes longer. */
const LOOK_AGAIN_MS = 1_000;
const AGENTS_PER_MS = 10;
const LONGEST_WAIT_MS = 30_000;

const SOURCE = "Users/Services";
const ACTION_VERSION = "1.0.0";

/** Does what is due of rollouts. */
export class RolloutSteps {
  readonly #deps: StepsDeps;

  constructor(deps: StepsDeps) {
    this.#deps = deps;
  }

  /**
   * Does the next step of a rollout, if it is time for one. Returns when to look again, in milliseconds; `undefined` when only
   * somebody's word changes something.
   */
  async advance(rollout: Rollout): Promise<number | undefined> {
    const waves = this.#deps.table.waves(rollout.id);
    const running = waves.find(({ begunMs, settledMs }) => begunMs !== null && settledMs === null);
    if (running !== undefined) return await this.#look(rollout, waves, running);
    if (rollout.state !== "running") return undefined;
    const next = waves.find(({ begunMs }) => begunMs === null);
    if (next === undefined) return await this.#finish(rollout);
    return await this.#begin(rollout, next);
  }

  /** One wave is out. */
  async #look(rollout: Rollout, waves: Wave[], running: Wave): Promise<number | undefined> {
    const wave = running.requestId === null ? await this.#withOrders(rollout, running) : running;
    if (this.#deps.table.find(rollout.id)?.state !== rollout.state) return 0;
    const { outcomes, commands } = this.#deps;
    if (wave.requestId === null) return await this.#settle(rollout, wave);
    const isWanted = rollout.state === "running" || rollout.state === "paused";
    if (this.#isUnread(rollout, wave, wave.requestId)) return LOOK_AGAIN_MS;
    if (!commands.isMade(wave.requestId)) return LOOK_AGAIN_MS;
    if (!isWanted) await commands.withdraw(wave.requestId);
    const outcome = outcomeOf(wave, outcomes);
    const others = waves.filter((one) => one !== running).map((one) => outcomeOf(one, outcomes));
    const all = together([...others, outcome]);
    if (isWanted && tooManyFailed(rollout, waves, all)) {
      const reason = `${all.failed} of ${agentsBegun(waves)} agents failed`;
      return await this.#stop(rollout, reason);
    }
    if (outcome.counts.open === 0) return await this.#settle(rollout, wave);
    return Math.min(LONGEST_WAIT_MS, LOOK_AGAIN_MS + Math.ceil(wave.agents / AGENTS_PER_MS));
  }

  /**
   * Whether none of the orders is known, so soon that they cannot have been forgotten: a manager that reads them from elsewhere has
   * not read them yet.
   */
  #isUnread({ timeoutS }: Rollout, { begunMs }: Wave, requestId: number): boolean {
    const { outcomes, clock } = this.#deps;
    const until = (begunMs ?? 0) + timeoutS * 1_000;
    return clock.now() < until && !outcomes.hasOrders(requestId);
  }

  async #begin(rollout: Rollout, wave: Wave): Promise<number | undefined> {
    const { table, clock, releases } = this.#deps;
    const reason = await releaseProblem(releases, rollout.manifest, clock.now());
    if (reason !== undefined) return await this.#stop(rollout, reason);
    if (!await table.beginWave(rollout.id, wave.number, clock.now())) return LOOK_AGAIN_MS;
    await this.#withOrders(rollout, wave);
    return LOOK_AGAIN_MS;
  }

  /** Somebody may have said something else meanwhile: what comes next is looked at anew. */
  async #stop({ id, state }: Rollout, reason: string): Promise<number> {
    const { table, clock } = this.#deps;
    const change = { from: state, state: "stopped", reason, nowMs: clock.now() } as const;
    if (await table.setState(id, change)) {
      log.warn("Rollout {id} stops: {reason}", { id, reason });
    }
    return 0;
  }

  /** The wave with its orders: those that a manager before made, or new ones; without any when nobody is left to have one. */
  async #withOrders(rollout: Rollout, wave: Wave): Promise<Wave> {
    const { outcomes, table } = this.#deps;
    const name = `rollout ${rollout.id} wave ${wave.number}`;
    const isWanted = rollout.state === "running" || rollout.state === "paused";
    const requestId = outcomes.requestOf(name) ??
      (isWanted ? await this.#order(rollout, wave, name) : undefined);
    if (requestId === undefined) return wave;
    await table.setRequest(rollout.id, wave.number, requestId);
    return { ...wave, requestId };
  }

  async #order(rollout: Rollout, wave: Wave, name: string): Promise<number | undefined> {
    const { table, commands } = this.#deps;
    const agents = table.agentsInWave(rollout.id, wave.number);
    const { version, manifest, user, timeoutS, retry } = rollout;
    try {
      return await commands.submitOnce({
        source: SOURCE,
        user,
        target: { type: "agents", id: name, agents },
        action: {
          name: "update",
          version: ACTION_VERSION,
          args: { version, manifest: JSON.parse(manifest), ...(retry && { retry }) },
        },
        timeout: timeoutS,
      });
    } catch (error) {
      // All of its agents have been removed.
      if (error instanceof InvalidRequest) return undefined;
      throw error;
    }
  }

  async #settle(rollout: Rollout, wave: Wave): Promise<number> {
    const { table, outcomes, clock } = this.#deps;
    const { requestId } = wave;
    const { counts, reasons } = outcomeOf(wave, outcomes);
    // Once it has ended nobody gets another turn.
    const turns = requestId === null || isFinished(rollout.state)
      ? []
      : outcomes.agents(requestId, "withdrawn");
    const settled = requestId === null
      ? { ...counts, open: 0, not_reached: wave.agents }
      : { ...counts, withdrawn: counts.withdrawn - turns.length };
    const isOurs = await table.settleWave(rollout.id, wave.number, {
      outcome: { counts: settled, reasons },
      withdrawn: turns,
      nowMs: clock.now(),
    });
    if (!isOurs) return LOOK_AGAIN_MS;
    log.info("Rollout {id}: wave {wave} has settled", {
      id: rollout.id,
      wave: wave.number,
      ...settled,
    });
    return 0;
  }

  async #finish({ id, state }: Rollout): Promise<undefined> {
    const { table, clock } = this.#deps;
    const change = { from: state, state: "done", nowMs: clock.now(), finished: true } as const;
    if (await table.setState(id, change)) log.info("Rollout {id} is done", { id });
  }
}
