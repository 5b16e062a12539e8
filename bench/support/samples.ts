/**
 * The file through which a suite tells the runner what each iteration took: one JSON object a line.
 * The iterations that warm up are in it too; the measured ones are the last of their row.
 *
 * @module
 */

import { z } from "zod";

/** Environment variable that names the file; without it nothing is kept. */
export const SAMPLES_VARIABLE = "BENCH_SAMPLES";

const SAMPLE = z.strictObject({
  table: z.string(),
  series: z.string(),
  x: z.union([z.number(), z.string()]),
  events: z.number(),
  /** What the timed part took, in milliseconds. */
  ms: z.number(),
});

/** One iteration of a row. */
export type Sample = z.infer<typeof SAMPLE>;

/** The file that the runner asked for, if a runner did. */
export function samplesFile(): string | undefined {
  return Deno.env.get(SAMPLES_VARIABLE);
}

/** Adds a sample to the file. */
export function writeSample(file: string, sample: Sample): void {
  Deno.writeTextFileSync(file, `${JSON.stringify(sample)}\n`, { append: true });
}

/**
 * Every sample of a file, in order.
 *
 * @throws when a line is not a sample, such as one whose stopwatch was never stopped
 */
export function readSamples(text: string): Sample[] {
  return text.split("\n").filter((line) => line !== "").map((line) =>
    SAMPLE.parse(JSON.parse(line))
  );
}
