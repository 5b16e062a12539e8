/**
 * What has come of waves so far.
 *
 * @module
 */

import type { Outcome, RequestOutcomes } from "../commands/request_outcomes.ts";
import type { Rollout, Wave, WaveOutcome } from "./rollout.ts";

/** How many agents stand where. */
export type Counts = Record<Outcome, number>;

/** What of orders is looked at. */
type Outcomes = Pick<RequestOutcomes, "tally">;

/** What has come of a wave: as it was written down, or as its orders stand now. */
export function outcomeOf(wave: Wave, outcomes: Outcomes): WaveOutcome {
  if (wave.outcome !== null) return wave.outcome;
  const { requestId, begunMs, agents } = wave;
  if (requestId === null) {
    return { counts: { ...nobody(), open: begunMs === null ? 0 : agents }, reasons: [] };
  }
  const { counts, reasons } = outcomes.tally(requestId);
  // Who was removed before its turn came has no order.
  const missing = Math.max(0, agents - sum(counts));
  return { counts: { ...counts, not_reached: counts.not_reached + missing }, reasons };
}

/** Counts of several waves together. */
export function together(outcomes: readonly WaveOutcome[]): Counts {
  const total = nobody();
  for (const { counts } of outcomes) {
    for (const name of Object.keys(total) as Outcome[]) total[name] += counts[name];
  }
  return total;
}

/** Whether more failed, since it was last let go on, than its share of the agents that had their turn. */
export function tooManyFailed(
  { stopShare, forgiven }: Rollout,
  waves: readonly Wave[],
  { failed }: Pick<Counts, "failed">,
): boolean {
  return failed > forgiven && failed - forgiven > stopShare * agentsBegun(waves);
}

/** How many agents are in the waves that have begun. */
export function agentsBegun(waves: readonly Wave[]): number {
  return waves.filter(({ begunMs }) => begunMs !== null)
    .reduce((agents, wave) => agents + wave.agents, 0);
}

function nobody(): Counts {
  return { open: 0, done: 0, failed: 0, not_reached: 0, withdrawn: 0 };
}

function sum(counts: Counts): number {
  return Object.values(counts).reduce((total, count) => total + count, 0);
}
