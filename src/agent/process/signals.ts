/**
 * The signals that a process of the agent lives with.
 *
 * They are taken before anything else is loaded: a service manager may send one with the process's first breath, and what the
 * system does by default is to end it.
 *
 * @module
 */

const STOP_SIGNALS: readonly Deno.Signal[] = Deno.build.os === "windows"
  ? ["SIGINT", "SIGBREAK"]
  : ["SIGINT", "SIGTERM"];

/** What the signals of a process ask for. */
export interface ProcessSignals {
  /**
   * Aborted by the first signal that asks for a stop, with its name as the reason. The second ends the process at once, with status
   * 130 or 143: what is committed is on disk, and what is not was never acknowledged.
   */
  readonly stop: AbortSignal;
  /** Asks for the configuration to be read again. */
  readonly reloads: ReloadRequests;
}

/**
 * Takes the signals of this process. SIGHUP is taken only by a process that stays (`longRunning`): it ends any other one, as a closed
 * terminal should.
 */
export function takeSignals({ longRunning }: { longRunning: boolean }): ProcessSignals {
  const reloads = new ReloadRequests();
  if (longRunning && Deno.build.os !== "windows") {
    Deno.addSignalListener("SIGHUP", () => reloads.request());
  }
  return { stop: stopSignal(), reloads };
}

/** Requests to reload: one that nobody can hear yet is kept for whoever comes to listen. */
export class ReloadRequests {
  readonly #listeners: (() => void)[] = [];
  #pending = false;

  /** Tells the newest listener, or the next one there is. */
  request(): void {
    const listener = this.#listeners.at(-1);
    // A SIGHUP while the agent still starts: the configuration may have been read before it was written.
    if (listener === undefined) this.#pending = true;
    else listener();
  }

  /** Calls `listener` at each request, and at once for one that waits; returns a function that ends it. */
  listen(listener: () => void): () => void {
    this.#listeners.push(listener);
    if (this.#pending) listener();
    this.#pending = false;
    return () => {
      const at = this.#listeners.lastIndexOf(listener);
      if (at >= 0) this.#listeners.splice(at, 1);
    };
  }
}

function stopSignal(): AbortSignal {
  const stop = new AbortController();
  for (const name of STOP_SIGNALS) {
    Deno.addSignalListener(name, () => {
      // The second signal: whoever sends it does not want to wait.
      if (stop.signal.aborted) Deno.exit(name === "SIGTERM" ? 143 : 130);
      stop.abort(name);
    });
  }
  return stop.signal;
}
