import type { Clock } from "../../shared/clock.ts";

/** How a piece of work under a time limit ended. */
type Limited<T> = { kind: "finished"; value: T } | { kind: "timed_out" };

/**
 * Runs `work` for at most `limitMs` milliseconds, then aborts the signal it was given and waits for
 * it to end.
 *
 * @throws what `work` throws, and the reason of `signal` once that is aborted
 */
export async function withTimeLimit<T>(
  work: (signal: AbortSignal) => Promise<T>,
  { limitMs, clock, signal }: { limitMs: number; clock: Clock; signal: AbortSignal },
): Promise<Limited<T>> {
  signal.throwIfAborted();
  const stop = new AbortController();
  const done = new AbortController();
  const onAbort = () => stop.abort(signal.reason);
  signal.addEventListener("abort", onAbort, { once: true });
  let timedOut = false;
  const limit = clock.sleep(limitMs, done.signal).then(() => {
    timedOut = true;
    stop.abort(new DOMException("Time limit passed", "TimeoutError"));
  }, () => {});
  try {
    return { kind: "finished", value: await work(stop.signal) };
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    if (timedOut) return { kind: "timed_out" };
    throw error;
  } finally {
    signal.removeEventListener("abort", onAbort);
    // Without a reason of its own an abort makes an exception with a stack.
    done.abort("done");
    await limit;
  }
}
