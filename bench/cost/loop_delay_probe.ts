/**
 * Measures the delay of the event loop of the program it is loaded before (`deno run --preload`): how much later than asked
 * for a timer comes. `monitorEventLoopDelay` of `node:perf_hooks` does not see turns that are busy here.
 *
 * When the program ends, a JSON list of `{at_ms, delay_ms}` (wall clock, one each) is written to the file that the environment
 * variable `LOOP_DELAY_FILE` names.
 *
 * @module
 */

/** One turn of the event loop. */
export interface LoopDelay {
  /** Wall clock, milliseconds. */
  at_ms: number;
  delay_ms: number;
}

const INTERVAL_MS = 5;

const path = Deno.env.get("LOOP_DELAY_FILE");
if (path !== undefined) watchLoop(path);

function watchLoop(path: string): void {
  const delays: LoopDelay[] = [];
  let dueAt = performance.now() + INTERVAL_MS;
  const look = () => {
    const now = performance.now();
    delays.push({ at_ms: Date.now(), delay_ms: Math.max(0, now - dueAt) });
    dueAt = now + INTERVAL_MS;
    Deno.unrefTimer(setTimeout(look, INTERVAL_MS));
  };
  Deno.unrefTimer(setTimeout(look, INTERVAL_MS));
  addEventListener("unload", () => Deno.writeTextFileSync(path, JSON.stringify(delays)));
}
