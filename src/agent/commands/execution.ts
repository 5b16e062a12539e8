/**
 * Runs one command under its time limit, and ends it when the agent stops.
 *
 * An abort asks; only the end of the work answers. So a result is given once the work has really ended; a work that does not
 * end within a grace time is left behind, and whoever runs the next one can wait for it.
 *
 * @module
 */

import { aborted } from "../../shared/any_signal.ts";
import type { Clock } from "../../shared/clock.ts";
import { messageOf } from "../../shared/errors.ts";
import { STOPPED } from "./journal.ts";
import type { CommandResult } from "../../shared/protocol/commands.ts";
import { TimeLimit } from "../../shared/time_limit.ts";

/** Bounds of one execution, in milliseconds. */
interface ExecutionLimits {
  timeoutMs: number;
  /** How long work may take to end once it was aborted. */
  graceMs: number;
  clock: Clock;
  /** Aborted when the agent stops. */
  stop: AbortSignal;
}

/** How one execution ended. */
interface Ending {
  result: CommandResult;
  /** True when the agent's stop ended it or left it behind. */
  stopped: boolean;
  /** Resolves when work that was left behind ends after all; `undefined` when it has ended. */
  leftBehind: Promise<void> | undefined;
}

/** Runs `work`. Never rejects: what the work throws becomes a failure. */
export async function execute(
  work: (signal: AbortSignal) => Promise<CommandResult>,
  { timeoutMs, graceMs, clock, stop }: ExecutionLimits,
): Promise<Ending> {
  using limit = new TimeLimit(timeoutMs, { clock, signal: stop });
  const { signal, timeout } = limit;
  const ending: { result?: CommandResult; byItself?: boolean } = {};
  const ended = resultOf(work, signal).then((result) => {
    // Asked at that moment: what ends because of the abort has not ended by itself.
    Object.assign(ending, { result, byItself: !signal.aborted });
  });
  await Promise.race([ended, aborted(signal)]);
  if (ending.result === undefined) {
    const over = new AbortController();
    await Promise.race([ended, clock.sleep(graceMs, over.signal)]);
    over.abort();
  }
  const { result, byItself = false } = ending;
  const timedOut = signal.reason === timeout;
  return {
    // A result that came before the time was up is right, whatever came in between.
    result: byItself && result !== undefined ? result : cutShort(result, timedOut && timeout),
    stopped: !byItself && !timedOut,
    leftBehind: result === undefined ? ended : undefined,
  };
}

/** What ran out of time failed with code 3, whatever it says; what the stop met at its end may still have succeeded. */
function cutShort(
  own: CommandResult | undefined,
  timeout: DOMException | false,
): CommandResult {
  const data = own?.data === undefined ? {} : { data: own.data };
  if (timeout) return { code: 3, message: timeout.message, ...data };
  return own?.code === 0 ? own : { ...STOPPED, ...data };
}

async function resultOf(
  work: (signal: AbortSignal) => Promise<CommandResult>,
  signal: AbortSignal,
): Promise<CommandResult> {
  try {
    return await work(signal);
  } catch (error) {
    return { code: 1, message: messageOf(error) };
  }
}
