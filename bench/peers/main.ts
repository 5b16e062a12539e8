/**
 * Compares the agent with other programs that follow a file and send its lines over HTTP.
 *
 *     deno task bench:peers [--rounds 5] [--lines 500000] [--json FILE] [--merge FILE...]
 *
 * @module
 */

import { MEGABYTE } from "../report/megabytes.ts";
import { resultsText, writeResultFile, writeResults } from "../report/results.ts";
import { peersChart } from "./chart.ts";
import type { Contender } from "./contender.ts";
import { CONTENDERS, REFERENCE, TARGETS } from "./contenders.ts";
import { parsePeersOptions, type PeersOptions } from "./options.ts";
import { measureRounds } from "./rounds.ts";
import { type RoundMeasurement, summarise, type Summary } from "./summary.ts";

/** What a results file holds, beside machine and versions. */
interface PeersResults {
  peers: Record<string, string>;
  summaries: Summary[];
  measurements: RoundMeasurement[];
}

async function main(): Promise<void> {
  const now = new Date();
  const options = parsePeersOptions(Deno.args);
  const { present, versions } = await whoIsThere(options.only);
  const earlier = options.merge.map((path) => JSON.parse(Deno.readTextFileSync(path)));
  const measurements: RoundMeasurement[] = earlier.flatMap((one: PeersResults) => one.measurements);
  const { rounds, lines, lineBytes, placement: placements } = options;
  const plan = { rounds, lines, lineBytes, placements, run: now.toISOString() };
  for await (const measurement of measureRounds(present, plan)) {
    measurements.push(measurement);
    console.error(progressLine(measurement));
  }
  const summaries = summarise(measurements, REFERENCE);
  printTables(summaries);
  const peers = Object.assign({}, ...earlier.map((one: PeersResults) => one.peers), versions);
  await write({ peers, summaries, measurements }, options, now);
}

/** Says who is left out, and what to do about it. */
async function whoIsThere(
  names: readonly string[],
): Promise<{ present: Contender[]; versions: Record<string, string> }> {
  const present: Contender[] = [];
  const versions: Record<string, string> = {};
  for (const contender of CONTENDERS.filter(({ name }) => names.includes(name))) {
    const version = await contender.version();
    if (version === undefined) {
      console.error(`Not there: ${contender.label}. Try: ${contender.install}`);
    } else {
      present.push(contender);
      versions[contender.name] = version;
    }
  }
  return { present, versions };
}

function progressLine({ round, placement, contender, ...figures }: RoundMeasurement): string {
  const { lines_per_second, cpu_us_per_line } = figures;
  const speed = Math.round(lines_per_second).toLocaleString("en");
  return `round ${round}  ${placement.padEnd(6)}  ${contender.padEnd(26)} ` +
    `${speed.padStart(9)} lines/s  ${cpu_us_per_line.toFixed(2)} µs CPU a line`;
}

/** Medians; ratios are medians of the ratios within each round. */
function printTables(summaries: readonly Summary[]): void {
  for (const [placement, own] of Map.groupBy(summaries, (one) => one.placement)) {
    console.log(
      `\n${placement}: medians; × is a multiple of ${labelOf(REFERENCE)} in the same round`,
    );
    console.table(Object.fromEntries(own.map((one) => [labelOf(one.contender), tableRow(one)])));
    for (const { contender, ratio } of own) {
      const target = TARGETS[contender];
      if (target === undefined || ratio === null) continue;
      const verdict = ratio >= target ? "met   " : "MISSED";
      console.log(
        `target ${verdict}  ${labelOf(contender)}: ${target} times, is ${ratio.toFixed(2)}`,
      );
    }
  }
}

function tableRow(one: Summary): Record<string, number | null> {
  return {
    "lines/s": Math.round(one.lines_per_second),
    "× lines/s": rounded(one.ratio),
    "CPU µs/line": rounded(one.cpu_us_per_line),
    "× CPU": rounded(one.cpu_ratio),
    "peak MB": Math.round(one.peak_resident_bytes / MEGABYTE),
    "disk B/B": rounded(one.written_per_input_byte),
    "sent B/line": Math.round(one.sent_bytes_per_line),
    "rounds": one.rounds,
  };
}

function rounded(value: number | null): number | null {
  return value === null ? null : Number(value.toFixed(2));
}

async function write(results: PeersResults, { json }: PeersOptions, now: Date): Promise<void> {
  if (json !== undefined) {
    return await Deno.writeTextFile(json, await resultsText(results, now));
  }
  // What each round measured is only for --merge; the medians are what is kept.
  const { peers, summaries } = results;
  console.log(`\nWritten: ${await writeResults({ peers, summaries }, { name: "peers", now })}`);
  console.log(
    `Written: ${await writeResultFile("peers.svg", peersChart(results.summaries, labelOf))}`,
  );
}

function labelOf(contender: string): string {
  return CONTENDERS.find(({ name }) => name === contender)?.label ?? contender;
}

if (import.meta.main) await main();
