/**
 * A rollout as it lies on the cluster, and what becomes of it step by step. Each step says from where, and is none when the rollout
 * stands elsewhere: whoever of several managers is first does it.
 *
 * @module
 */

import type { Rollout, Wave } from "../../rollouts/rollout.ts";
import type { NewRollout, Settlement, StateChange } from "../../stores/rollouts.ts";

/** A wave, with the keys of the lists of its agents. */
interface WaveDocument extends Wave {
  lists: string[];
}

/** A rollout. Its lists of agents are kept beside it: they may be longer than a message. */
export interface RolloutDocument {
  /** What the keys of its lists begin with. */
  lists: string;
  rollout: Rollout;
  waves: WaveDocument[];
}

/** A wave that is to be written down, its agents in lists. */
export interface PlannedWave {
  agents: number;
  lists: string[];
}

/** Another document of one; `undefined` to leave it. */
type Step = (there: RolloutDocument | undefined) => RolloutDocument | undefined;

/** The document of a new rollout. */
export function newDocument(
  id: number,
  rollout: NewRollout,
  { lists, waves }: { lists: string; waves: readonly PlannedWave[] },
): RolloutDocument {
  return {
    lists,
    rollout: {
      ...rollout,
      id,
      state: "running",
      reason: null,
      forgiven: 0,
      changedMs: rollout.createdMs,
      finishedMs: null,
    },
    waves: waves.map((wave, index) => newWave(index + 1, wave)),
  };
}

/** Moves it on. */
export function stateChanged(change: StateChange): Step {
  const { from, state, reason = null, forgiven, nowMs, finished = false } = change;
  return (there) => {
    if (there?.rollout.state !== from) return undefined;
    const { rollout } = there;
    const next = {
      ...rollout,
      state,
      reason,
      forgiven: forgiven ?? rollout.forgiven,
      changedMs: nowMs,
      finishedMs: finished ? nowMs : null,
    };
    return { ...there, rollout: next };
  };
}

/** A wave begins. */
export function waveBegun(number: number, begunMs: number): Step {
  return (there) =>
    there?.rollout.state === "running"
      ? withWave(there, number, (wave) => wave.begunMs === null ? { ...wave, begunMs } : undefined)
      : undefined;
}

/** The orders of a wave are made. */
export function requestGiven(number: number, requestId: number): Step {
  return (there) =>
    there && withWave(
      there,
      number,
      (wave) => wave.requestId === null ? { ...wave, requestId } : undefined,
    );
}

/** A wave has settled. @param lists of the agents that get their turn with the next one */
export function waveSettled(
  number: number,
  { outcome, withdrawn, nowMs }: Settlement,
  lists: readonly string[],
): Step {
  return (there) => {
    const settled = there &&
      withWave(
        there,
        number,
        (wave) =>
          wave.settledMs === null
            ? { ...wave, settledMs: nowMs, outcome, agents: wave.agents - withdrawn.length }
            : undefined,
      );
    return settled && withdrawn.length > 0
      ? withMore(settled, number + 1, { agents: withdrawn.length, lists: [...lists] })
      : settled;
  };
}

function withWave(
  document: RolloutDocument,
  number: number,
  change: (wave: WaveDocument) => WaveDocument | undefined,
): RolloutDocument | undefined {
  const wave = document.waves.find((one) => one.number === number);
  const next = wave && change(wave);
  if (next === undefined) return undefined;
  return { ...document, waves: document.waves.map((one) => one === wave ? next : one) };
}

function withMore(document: RolloutDocument, number: number, more: PlannedWave): RolloutDocument {
  const added = withWave(document, number, (wave) => ({
    ...wave,
    agents: wave.agents + more.agents,
    lists: [...wave.lists, ...more.lists],
  }));
  return added ?? { ...document, waves: [...document.waves, newWave(number, more)] };
}

function newWave(number: number, { agents, lists }: PlannedWave): WaveDocument {
  return { number, agents, lists, begunMs: null, requestId: null, settledMs: null, outcome: null };
}
