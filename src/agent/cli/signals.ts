/**
 * Signals that ask the agent to stop.
 *
 * @module
 */

const SIGNALS: readonly Deno.Signal[] = Deno.build.os === "windows"
  ? ["SIGINT", "SIGBREAK"]
  : ["SIGINT", "SIGTERM"];

/**
 * Aborted by the first signal, with its name as the reason. The second ends the process at once, with status 130 or 143: what is committed is
 * on disk, and what is not was never acknowledged.
 */
export function stopSignal(): AbortSignal {
  const stop = new AbortController();
  for (const name of SIGNALS) {
    Deno.addSignalListener(name, () => {
      if (stop.signal.aborted) Deno.exit(name === "SIGTERM" ? 143 : 130);
      stop.abort(name);
    });
  }
  return stop.signal;
}
