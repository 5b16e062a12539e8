/**
 * Runs one suite with `deno bench --json` and reads what it says.
 *
 * @module
 */

import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { sourceRunArgs } from "../../src/agent/process/source_run.ts";
import { QUICK_VARIABLE } from "../support/quick.ts";
import { readSamples, type Sample, SAMPLES_VARIABLE } from "../support/samples.ts";

const FAILURE = z.looseObject({ message: z.string() });

/** The members of its JSON that are used. */
const REPORT = z.looseObject({
  benches: z.array(z.looseObject({
    group: z.string().nullable(),
    name: z.string(),
    results: z.array(z.looseObject({
      ok: z.looseObject({ n: z.number().int().positive() }).optional(),
      failed: FAILURE.optional(),
    })),
  })),
});

/** A row and the samples that count: those that were taken after warming up. */
export interface MeasuredRow {
  table: string;
  series: string;
  x: number | string;
  events: number;
  /** Milliseconds, in the order in which they were taken. */
  times: readonly number[];
}

/** Everything that one suite found. */
export interface SuiteRun {
  rows: MeasuredRow[];
  /** Why rows, or the whole suite, failed; empty when all is well. */
  failures: string[];
}

/**
 * Runs the suite in `file`, in a process of its own with the V8 options that the agent runs with.
 * Its standard error is passed on; its temporary files, and those of what it started, are removed.
 */
export async function runSuite(file: URL, { quick }: { quick: boolean }): Promise<SuiteRun> {
  const folder = await Deno.makeTempDir({ prefix: "bench-" });
  const samplesFile = join(folder, "samples.jsonl");
  try {
    await Deno.writeTextFile(samplesFile, "");
    const { code, stdout } = await new Deno.Command(Deno.execPath(), {
      args: ["bench", "--quiet", "--no-check", "--json", ...agentFlags(), ...placeOf(file)],
      env: {
        NO_COLOR: "1",
        TMPDIR: folder,
        [SAMPLES_VARIABLE]: samplesFile,
        ...(quick && { [QUICK_VARIABLE]: "1" }),
      },
      stdin: "null",
      stderr: "inherit",
    }).output();
    const text = new TextDecoder().decode(stdout);
    const run = readRun(text, readSamples(await Deno.readTextFile(samplesFile)));
    if (code !== 0 && run.failures.length === 0) run.failures.push(`exit status ${code}`);
    return run;
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Puts the JSON of `deno bench` and the samples of the same run together. */
export function readRun(json: string, samples: readonly Sample[]): SuiteRun {
  const run: SuiteRun = { rows: [], failures: [] };
  for (const { group, name, results } of parseReport(json, run.failures)) {
    for (const { ok, failed } of results) {
      if (failed !== undefined) run.failures.push(`${group} ${name}: ${messageOf(failed)}`);
      if (ok !== undefined) addRow(run, { group, name, n: ok.n }, samples);
    }
  }
  return run;
}

type Bench = z.infer<typeof REPORT>["benches"][number];

function parseReport(json: string, failures: string[]): Bench[] {
  try {
    return REPORT.parse(JSON.parse(json)).benches;
  } catch {
    failures.push("deno bench gave no report");
    return [];
  }
}

function addRow(
  run: SuiteRun,
  { group, name, n }: { group: string | null; name: string; n: number },
  samples: readonly Sample[],
): void {
  const own = samples.filter(({ table, series, x }) =>
    table === group && name === `${series} ${x}`
  );
  const [sample] = own;
  if (sample === undefined || own.length < n) {
    run.failures.push(`${group} ${name}: ${own.length} of ${n} samples`);
    return;
  }
  const { table, series, x, events } = sample;
  run.rows.push({ table, series, x, events, times: own.slice(-n).map(({ ms }) => ms) });
}

function messageOf({ message }: z.infer<typeof FAILURE>): string {
  return message.trim().replace(/\s+/g, " ");
}

function agentFlags(): string[] {
  return sourceRunArgs().filter((argument) => argument.startsWith("--v8-flags="));
}

function placeOf(file: URL): string[] {
  const config = fileURLToPath(new URL("../../deno.json", import.meta.url));
  return ["--config", config, "-P=test", fileURLToPath(file)];
}
