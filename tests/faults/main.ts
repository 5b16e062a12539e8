/**
 * `deno task faults`: three NATS servers, three managers behind a balancer and agents, of which one or another is killed or stands still
 * all the time. Afterwards every batch that was answered is stored exactly once, every order has ended once and the same at all managers,
 * and nobody was called lost.
 *
 * @module
 */

import { readOptions } from "./options.ts";
import { type Outcome, run } from "./run.ts";

const MOST_SHOWN = 50;

try {
  Deno.exit(await main(Deno.args) ? 0 : 1);
} catch (error) {
  console.error(`Cannot run: ${error instanceof Error ? error.message : error}`);
  Deno.exit(1);
}

/** Runs, and shows what came of it. Returns whether all is as it must be. */
async function main(args: string[]): Promise<boolean> {
  const options = readOptions(args);
  const folder = options.keep ?? await Deno.makeTempDir({ prefix: "faults-" });
  await Deno.mkdir(folder, { recursive: true });
  console.log(
    `Seed ${options.seed}, ${options.agents} agents, ${options.minutes} min, in ${folder}`,
  );
  const outcome = await run(options, folder);
  await Deno.writeTextFile(`${folder}/outcome.json`, JSON.stringify(outcome, null, 2) + "\n");
  show(outcome);
  const isSound = outcome.problems.length === 0;
  if (isSound && options.keep === undefined) await Deno.remove(folder, { recursive: true });
  if (!isSound) console.log(`Logs and what was found are kept in ${folder}`);
  return isSound;
}

function show({ faults, answers, problems, ...figures }: Outcome): void {
  for (const [name, times] of Object.entries(faults)) {
    console.log(`${String(times).padStart(4)}  ${name}`);
  }
  const statuses = Object.entries(answers).map(([status, times]) =>
    `${times} × ${status === "0" ? "no answer" : status}`
  );
  console.log(
    `${figures.batches} batches stored, ${figures.orders} orders; answers to batches: ${
      statuses.join(", ")
    }`,
  );
  console.log(
    `Longest silence ${figures.silences[0]?.seconds} s (to ${
      figures.silences[0]?.until
    }), over ${figures.settled_after_s} s after the last fault`,
  );
  for (const problem of problems.slice(0, MOST_SHOWN)) console.log(problem);
  console.log(
    problems.length === 0
      ? "Nothing lost, nothing doubled, nobody called lost"
      : `${problems.length} problems`,
  );
}
