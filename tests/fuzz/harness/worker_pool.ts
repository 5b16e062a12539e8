/**
 * Workers that try targets side by side, and a watch over them.
 *
 * @module
 */

import type { Trial } from "./run_target.ts";
import type { Job, Outcome } from "./worker.ts";

/** A case that takes longer does not end, on whatever machine: its input is some kilobytes. In milliseconds. */
const HANGS_AFTER_MS = 60_000;
const LOOK_EVERY_MS = 1_000;

/** What came of a trial. */
export interface Tried {
  trial: Trial;
  failure: string | undefined;
  durationMs: number;
}

/** Tries everything in `trials`, so many at a time, and tells of each once it is over. */
export async function tryAll(
  trials: readonly Trial[],
  { workers, tell }: { workers: number; tell: (tried: Tried) => void },
): Promise<void> {
  const waiting = [...trials];
  const work = async () => {
    for (let trial = waiting.shift(); trial !== undefined; trial = waiting.shift()) {
      const start = performance.now();
      const failure = await tryOne(trial);
      tell({ trial, failure, durationMs: performance.now() - start });
    }
  };
  await Promise.all(Array.from({ length: workers }, work));
}

/** In a worker of its own: nothing of one target is left for the next, and one that hangs can be ended. */
async function tryOne(trial: Trial): Promise<string | undefined> {
  const worker = new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });
  const begun = new Int32Array(new SharedArrayBuffer(4));
  const { promise, resolve } = Promise.withResolvers<string | undefined>();
  worker.onmessage = ({ data }: MessageEvent<Outcome>) => resolve(data.failure);
  worker.onerror = (event) => {
    event.preventDefault();
    resolve(`${trial.name} ended its worker: ${event.message}`);
  };
  const watch = setInterval(
    hangWatch(begun, { report: (cases) => resolve(hangText(trial, cases)) }),
    LOOK_EVERY_MS,
  );
  worker.postMessage({ ...trial, begun } satisfies Job);
  try {
    return await promise;
  } finally {
    clearInterval(watch);
    worker.terminate();
  }
}

/** Makes a function that looks whether cases are begun still, and reports how many were once none is. */
export function hangWatch(
  begun: Int32Array<SharedArrayBuffer>,
  { report, now = () => performance.now() }: {
    report: (cases: number) => void;
    /** In milliseconds, monotonic. */
    now?: () => number;
  },
): () => void {
  let seen = -1;
  let since = now();
  return () => {
    const cases = Atomics.load(begun, 0);
    if (cases !== seen) since = now();
    seen = cases;
    if (now() - since > HANGS_AFTER_MS) report(cases);
  };
}

function hangText({ name, seed, cases }: Trial, begun: number): string {
  return `${name} hangs at its case ${begun} of ${cases}; once more: ` +
    `deno task fuzz --target ${name} --seed ${seed} --cases ${begun}`;
}
