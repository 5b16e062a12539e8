/**
 * `deno task mixed`: logs of all forms under rotations, kills and a slow server, and the count of
 * every event. `--lines N` (about), `--kills N`, `--rotations N` of each log, `--seed N`.
 *
 * @module
 */

import { parseArgs } from "node:util";
import { TempFolder } from "../../support/queues.ts";
import { KINDS } from "./mixed_log.ts";
import { runMixed } from "./run.ts";

const { values } = parseArgs({
  options: {
    lines: { type: "string", default: "1000000" },
    kills: { type: "string", default: "20" },
    rotations: { type: "string", default: "20" },
    seed: { type: "string", default: "1" },
  },
});
const linesOfRound = KINDS.reduce(
  (sum, { streams, mostLines }) => sum + streams.length * (mostLines + 1) / 2,
  0,
);
using folder = new TempFolder();
const startedMs = performance.now();
const result = await runMixed({
  folder,
  seed: Number(values.seed),
  events: Math.ceil(Number(values.lines) / linesOfRound),
  rotations: Number(values.rotations),
  kills: Number(values.kills),
  onProgress: (text) => console.log(`  ${text}`),
});
const seconds = Math.round((performance.now() - startedMs) / 1000);
console.log(JSON.stringify({ ...result, seconds }, null, 2));
const { missing, doubled, wrong, losses } = result;
Deno.exit(missing + doubled + wrong + losses.length === 0 ? 0 : 1);
