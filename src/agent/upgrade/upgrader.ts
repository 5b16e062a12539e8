/**
 * Upgrades the agent up to the moment where it has to make room. Until then nothing of the agent has changed, and whatever goes wrong
 * is a refusal with its reason.
 *
 * @module
 */

import { aborted } from "../../shared/any_signal.ts";
import { messageOf } from "../../shared/errors.ts";
import { isDiskFull } from "../platform/disk_full.ts";
import {
  noteAttempt,
  type PreparationContext,
  prepareRelease,
  type ReadyVersion,
} from "./prepare_release.ts";
import { prepareReturn } from "./prepare_return.ts";
import { UpgradeRefusal } from "./refusal.ts";
import { outcomeOf } from "./trial_plan.ts";
import type { UpgradeOutcome } from "./upgrade_record.ts";
import type { UpgraderDeps } from "./upgrader_deps.ts";
import { UpgradeSteps } from "./upgrade_steps.ts";
import type { UpgradeContext, UpgradeWish } from "./upgrade_wish.ts";

/** How an upgrade stands, for whoever looks. */
type Progress = Pick<UpgradeSteps, "step" | "to" | "percent">;

const NOTHING: Progress = { step: undefined, to: undefined, percent: undefined };

/** Prepares one upgrade at a time. */
export class Upgrader {
  readonly #deps: UpgraderDeps;
  #steps: UpgradeSteps | undefined;
  #available: string | undefined;

  constructor(deps: UpgraderDeps) {
    this.#deps = deps;
  }

  /** What is under way. */
  get progress(): Progress {
    return this.#steps ?? NOTHING;
  }

  /** The newest version that was seen. */
  get available(): string | undefined {
    return this.#available;
  }

  /**
   * Upgrades the agent. Does not resolve once the agent makes room: what comes of the trial stands in the record.
   *
   * @throws the signal's reason
   */
  async upgrade(wish: UpgradeWish, context: UpgradeContext): Promise<UpgradeOutcome> {
    return await this.#inTurn(wish, context, async (preparation) => {
      const ready = await prepareRelease(this.#deps, wish, preparation);
      this.#available = preparation.steps.to ?? this.#available;
      return ready;
    });
  }

  /**
   * Goes back to a version that is there still, the one before if none is named. It is tried like a new one.
   *
   * @throws the signal's reason
   */
  async goBack(version: string | undefined, context: UpgradeContext): Promise<UpgradeOutcome> {
    return await this.#inTurn(
      {},
      context,
      (preparation) => prepareReturn(this.#deps, version, preparation),
    );
  }

  async #inTurn(
    wish: Pick<UpgradeWish, "dryRun" | "documentId">,
    { note, othersIdle, onTrial, signal }: UpgradeContext,
    prepare: (context: PreparationContext) => Promise<ReadyVersion | undefined>,
  ): Promise<UpgradeOutcome> {
    const { clock } = this.#deps;
    const startedMs = clock.monotonic();
    const steps = new UpgradeSteps(wish.dryRun ? () => Promise.resolve() : note, clock);
    // It must not end the record of the one that is under way.
    if (this.#steps !== undefined) return this.#refusal(busy(), { wish, steps });
    this.#steps = steps;
    try {
      const ready = await prepare({ steps, signal });
      if (ready === undefined) return this.#nothingDone(wish, steps);
      await othersIdle?.();
      signal.throwIfAborted();
      await steps.begin("trial");
      noteAttempt(this.#deps, { to: ready.version, release: ready.release, wish, state: "trial" });
      onTrial?.(ready.version);
      this.#makeRoom(ready, { wish, steps, startedMs });
      await aborted(signal);
    } catch (error) {
      const outcome = this.#refusal(signal.aborted ? stoppedBy(signal) : error, { wish, steps });
      if (!wish.dryRun) this.#note(outcome, error, steps);
      signal.throwIfAborted();
      return outcome;
    } finally {
      this.#steps = undefined;
    }
    throw signal.reason;
  }

  #makeRoom(
    { version, release }: ReadyVersion,
    { wish, steps, startedMs }: {
      wish: Pick<UpgradeWish, "documentId">;
      steps: UpgradeSteps;
      startedMs: number;
    },
  ): void {
    const { requestTrial, baseline, version: from } = this.#deps;
    requestTrial({
      from,
      version,
      release,
      documentId: wish.documentId ?? null,
      baseline: baseline(),
      startedMs,
      isNew: steps.isNew,
      steps: steps.list,
    });
  }

  #nothingDone(
    wish: Pick<UpgradeWish, "dryRun" | "documentId">,
    steps: UpgradeSteps,
  ): UpgradeOutcome {
    const { version: from } = this.#deps;
    const message = wish.dryRun && steps.to !== from
      ? `${from} can be upgraded to ${steps.to}; nothing was changed`
      : `already at ${from}`;
    return this.#outcome({ code: 0, reason: null, message }, { wish, steps });
  }

  #refusal(
    error: unknown,
    given: { wish: Pick<UpgradeWish, "documentId">; steps: UpgradeSteps },
  ): UpgradeOutcome {
    const other = isDiskFull(error) ? "no_space" : "failed";
    const reason = error instanceof UpgradeRefusal ? error.reason : other;
    const hint = error instanceof UpgradeRefusal && error.hint ? ` (${error.hint})` : "";
    return this.#outcome({ code: 1, reason, message: messageOf(error) + hint }, given);
  }

  #note(outcome: UpgradeOutcome, error: unknown, steps: UpgradeSteps): void {
    const blames = error instanceof UpgradeRefusal && error.blames;
    const { record, installation } = this.#deps;
    try {
      record.end(outcome, { blames });
      // Whoever wants to go back needs what was here before.
      if (blames && steps.isNew && outcome.to !== null) installation?.remove(outcome.to);
    } catch {
      // On a full disk, or with a damaged record, telling it is all that can be done.
    }
  }

  #outcome(
    end: { code: 0 | 1; reason: string | null; message: string },
    { wish, steps: { to, release, list } }: {
      wish: Pick<UpgradeWish, "documentId">;
      steps: UpgradeSteps;
    },
  ): UpgradeOutcome {
    const { version: from, clock } = this.#deps;
    const documentId = wish.documentId ?? null;
    const plan = { from, version: to ?? null, release: release ?? null, documentId, steps: list };
    // Who asked is told; an event tells of what a trial came to.
    return { ...outcomeOf(plan, end, clock.now()), announced: true };
  }
}

function busy(): UpgradeRefusal {
  return new UpgradeRefusal("busy", "another upgrade is under way");
}

function stoppedBy(signal: AbortSignal): UpgradeRefusal {
  const why = messageOf(signal.reason);
  return new UpgradeRefusal("stopped", `stopped before the agent made room: ${why}`);
}
