/**
 * `deno task upgrades`: upgrades and forced failures by the hundred, under load, and the count of every line.
 * `--count N` of each, `--seed N`, `--rate LINES` a second. `AGENT_BIN` and `AGENT_NEXT_BIN` name the two versions.
 *
 * @module
 */

import { parseArgs } from "node:util";
import { TempFolder } from "../../support/queues.ts";
import { compiledVersions } from "../../support/release_desk.ts";
import { runUpgrades } from "./run.ts";

const { values } = parseArgs({
  options: {
    count: { type: "string", default: "100" },
    seed: { type: "string", default: "1" },
    rate: { type: "string", default: "500" },
  },
});
const compiled = compiledVersions();
if (compiled === undefined) {
  console.error(`Error: AGENT_BIN and AGENT_NEXT_BIN name no compiled agents
Try: deno task compile agent && deno task compile agent --as-version 99.0.0
     AGENT_BIN=$PWD/dist/agent AGENT_NEXT_BIN=$PWD/dist/99.0.0/agent deno task upgrades --count 10`);
  Deno.exit(2);
}
using folder = new TempFolder();
const startedMs = performance.now();
const result = await runUpgrades({
  folder,
  compiled,
  count: Number(values.count),
  seed: Number(values.seed),
  linesASecond: Number(values.rate),
  onProgress: (text) => console.log(`  ${text}`),
});
const seconds = Math.round((performance.now() - startedMs) / 1000);
console.log(JSON.stringify({ ...result, seconds }, null, 2));
const { missing, doubled, wrong } = result;
Deno.exit(missing + doubled + wrong.length === 0 ? 0 : 1);
