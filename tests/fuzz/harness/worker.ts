/**
 * Tries targets beside the main thread, which can then notice that a case does not end.
 *
 * @module
 */

/// <reference lib="deno.worker" />

import { messageOf } from "../../../src/shared/errors.ts";
import { runTarget, type Trial } from "./run_target.ts";

/** What a worker is sent: a target, and where it counts the cases it has begun. */
export interface Job extends Trial {
  begun: Int32Array<SharedArrayBuffer>;
}

/** What it answers. */
export interface Outcome {
  failure: string | undefined;
}

self.onmessage = async ({ data }: MessageEvent<Job>) => {
  const { begun, ...trial } = data;
  const answer = (failure: string | undefined) => self.postMessage({ failure } satisfies Outcome);
  try {
    answer(await runTarget(trial, () => Atomics.add(begun, 0, 1)));
  } catch (error) {
    answer(`${trial.name} could not be tried: ${messageOf(error)}`);
  }
};
