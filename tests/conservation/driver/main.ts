/**
 * `deno task conserve`: agents and a manager under faults, and the count of every line. See `options.ts`.
 *
 * @module
 */

import { readOptions } from "./options.ts";
import { reportText } from "./report.ts";
import { run } from "./run.ts";

const { report, keep, ...options } = readOptions(Deno.args);
const folder = await Deno.makeTempDir({ prefix: "conserve-" });
console.log(`Seed ${options.seed}, ${options.agents} agents, ${options.minutes} min, in ${folder}`);
let kept = false;
try {
  const found = await run({ ...options, folder, onProgress: (text) => console.log(`  ${text}`) });
  kept = found.kept;
  console.log(reportText(found));
  if (report !== undefined) {
    await Deno.writeTextFile(report, JSON.stringify(found, null, 2) + "\n");
  }
} finally {
  if (!keep) await Deno.remove(folder, { recursive: true });
}
if (!kept) console.log(`Run it again: deno task conserve ${again(options.seed)}`);
Deno.exit(kept ? 0 : 1);

/** The arguments of a run that strikes the same. */
function again(seed: number): string {
  return Deno.args.includes("--seed")
    ? Deno.args.join(" ")
    : ["--seed", seed, ...Deno.args].join(" ");
}
