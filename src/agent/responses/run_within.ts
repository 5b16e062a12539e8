import { AnySignal } from "../../shared/any_signal.ts";
import type { Clock } from "../../shared/clock.ts";

/** Runs `work` with a signal that is aborted with `stop`, and when `limitMs` milliseconds have passed. */
export async function runWithin<T>(
  work: (signal: AbortSignal) => Promise<T>,
  { limitMs, clock, stop }: { limitMs: number; clock: Pick<Clock, "sleep">; stop: AbortSignal },
): Promise<T> {
  const timeUp = new AbortController();
  const over = new AbortController();
  using either = new AnySignal(stop, timeUp.signal);
  const timeout = new DOMException(`timed out after ${limitMs / 1000} s`, "TimeoutError");
  clock.sleep(limitMs, over.signal).then(() => timeUp.abort(timeout), () => {});
  try {
    return await work(either.signal);
  } finally {
    // Whatever clock still runs here would keep the process awake.
    over.abort();
  }
}
