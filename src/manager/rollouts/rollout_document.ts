/**
 * A rollout as `GET /manager/rollouts` shows it.
 *
 * @module
 */

import { isoTime } from "../commands/order.ts";
import type { Rollout, Wave, WaveOutcome } from "./rollout.ts";
import { type Counts, together } from "./wave_outcomes.ts";

/** A wave with what has come of it so far. */
type WaveSoFar = Wave & { outcome: WaveOutcome };

/** The document. */
export function rolloutDocument(rollout: Rollout, waves: readonly WaveSoFar[]): object {
  const { id, version, release, state, reason, user, target, agents } = rollout;
  const counts = together(waves.map(({ outcome }) => outcome));
  const waiting = waves.filter(({ begunMs }) => begunMs === null)
    .reduce((sum, wave) => sum + wave.agents, 0);
  return {
    id,
    version,
    release,
    state,
    reason,
    user,
    target,
    waves_asked_for: rollout.waves,
    stop_when_failed: `${Number((rollout.stopShare * 100).toFixed(3))}%`,
    retry: rollout.retry,
    timeout: rollout.timeoutS,
    agents,
    ...countsDocument(counts),
    waiting,
    created_at: isoTime(rollout.createdMs),
    changed_at: isoTime(rollout.changedMs),
    finished_at: isoTime(rollout.finishedMs),
    waves: waves.map(waveDocument),
  };
}

function waveDocument(wave: WaveSoFar): object {
  const { number, agents, requestId, begunMs, settledMs, outcome } = wave;
  return {
    number,
    agents,
    state: begunMs === null ? "waiting" : settledMs === null ? "running" : "settled",
    begun_at: isoTime(begunMs),
    settled_at: isoTime(settledMs),
    request_id: requestId === null ? null : String(requestId),
    ...countsDocument(outcome.counts),
    reasons: outcome.reasons,
  };
}

function countsDocument({ done, failed, not_reached, withdrawn, open }: Counts): object {
  return { upgraded: done, failed, not_reached, withdrawn, open };
}
