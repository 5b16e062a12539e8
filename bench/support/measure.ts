/**
 * One row of a benchmark table: registered with `Deno.bench`, and each time it takes kept for the
 * report, because the JSON of `deno bench` has neither a median nor what was moved.
 *
 * @module
 */

import { endedWithin } from "../../src/manager/ended_within.ts";
import { isQuick } from "./quick.ts";
import { samplesFile, writeSample } from "./samples.ts";

/** What a row is called and what one iteration of it moves. */
export interface RowOptions {
  /** Table that the row belongs to, such as `batch_size`. */
  table: string;
  /** Column of that table, such as `http`. */
  series: string;
  /** The row's own label: a size, a count, or what is done. */
  x: number | string;
  /** Events (or other things) that one iteration moves. */
  events: number;
  /** Iterations of a full run. @default 10 */
  iterations?: number;
}

/** Marks the timed part of an iteration: exactly one start and one end. */
export interface Stopwatch {
  start(): void;
  end(): void;
}

const QUICK_ITERATIONS = 1;
/** Far beyond what any iteration takes: an event that never arrives shall not be waited for. */
const ITERATION_LIMIT_MS = 120_000;

/**
 * Adds a row. `iterate` prepares, times its work with the stopwatch, and checks what came of it:
 * what it throws makes the whole run fail.
 */
export function measure(
  { iterations = 10, ...row }: RowOptions,
  iterate: (stopwatch: Stopwatch) => void | Promise<void>,
): void {
  const { table, series, x } = row;
  const file = samplesFile();
  const n = isQuick ? QUICK_ITERATIONS : iterations;
  const warmup = isQuick ? 0 : 1;
  Deno.bench(`${series} ${x}`, { group: table, n, warmup }, async (b) => {
    let startedAt = NaN;
    let ms = NaN;
    const iteration = iterate({
      start() {
        b.start();
        startedAt = performance.now();
      },
      end() {
        ms = performance.now() - startedAt;
        b.end();
      },
    });
    if (await endedWithin([Promise.resolve(iteration)], ITERATION_LIMIT_MS)) {
      throw new Error(`Iteration did not end within ${ITERATION_LIMIT_MS / 1_000} s`);
    }
    await iteration;
    if (file !== undefined) writeSample(file, { ...row, ms });
  });
}
