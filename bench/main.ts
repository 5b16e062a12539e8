/**
 * `deno task bench`: runs the suites one after the other, prints the tables, writes the results.
 * Exit status 1 when a suite failed; a target that is missed is said, and is no failure.
 *
 * @module
 */

import { parseOptions } from "./options.ts";
import { runSuite } from "./report/deno_bench.ts";
import { writeResultFile, writeResults } from "./report/results.ts";
import { type Row, rowOf } from "./report/row.ts";
import { tableChart } from "./report/table_charts.ts";
import { TABLES } from "./report/tables.ts";
import { tableText } from "./report/text.ts";
import { type Verdict, verdicts } from "./report/verdicts.ts";

const SUITES = [
  "batch_size",
  "event_count",
  "payload_size",
  "queue",
  "logcollector",
  "sustained",
  "end_to_end",
  "manager",
] as const;

const { quick, only } = parseOptions(Deno.args, SUITES);
const rows: Row[] = [];
const targets: Verdict[] = [];
let failed = false;

for (const suite of only === undefined ? SUITES : [only]) {
  console.error(`Running ${suite}_bench.ts …`);
  const run = await runSuite(new URL(`${suite}_bench.ts`, import.meta.url), { quick });
  rows.push(...run.rows.map(rowOf));
  for (const failure of run.failures) console.error(`  FAILED: ${failure}`);
  failed ||= run.failures.length > 0;
}
// Small amounts reach no target, and miss none.
if (!quick) targets.push(...TABLES.flatMap((table) => verdicts(table, rows)));
if (quick) console.log("A quick run: these times mean nothing.\n");
for (const table of TABLES) {
  const text = tableText(table, rows, targets);
  if (text !== "") console.log(text);
}
if (!failed && !quick && only === undefined) await writeAll();
Deno.exit(failed ? 1 : 0);

/** Writes the results of a complete run, and its charts. */
async function writeAll(): Promise<void> {
  const file = await writeResults({ rows, targets }, { name: "tables", now: new Date() });
  for (const table of TABLES) await writeResultFile(`${table.id}.svg`, tableChart(table, rows));
  console.log(`Written: ${file} and a chart for each table`);
}
