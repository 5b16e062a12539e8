/**
 * Measures what the agent costs: the real agent process beside the real manager process, or a sink that only answers.
 *
 * @module
 */

import { writeResults } from "../report/results.ts";
import { type FigureGroup, groupText, isMet } from "./figure.ts";
import { measureIdle } from "./idle.ts";
import { measureLoad } from "./load.ts";
import { measureLoopDelay } from "./loop_delay.ts";
import { type CostOptions, parseCostOptions, type Section } from "./options.ts";
import { measureQueueLength } from "./queue_length.ts";
import { measureStatusStart } from "./status_start.ts";

const MEASUREMENTS: Record<Section, (options: CostOptions) => Promise<FigureGroup[]>> = {
  load: ({ lines }) => measureLoad(lines),
  delay: async ({ lines }) => [await measureLoopDelay(lines)],
  idle: ({ lines }) => measureIdle(Math.ceil(lines / 5)),
  status: async () => [await measureStatusStart()],
  length: ({ events }) => measureQueueLength(events),
};

const options = parseCostOptions(Deno.args);
const groups: FigureGroup[] = [];
for (const section of options.only) {
  const measured = await MEASUREMENTS[section](options);
  console.log(measured.map(groupText).join("\n\n") + "\n");
  groups.push(...measured);
}
if (options.results) {
  const agent = Deno.env.has("AGENT_BIN") ? "compiled" : "source";
  const name = agent === "compiled" ? "cost-compiled" : "cost";
  console.log(
    `Written: ${await writeResults({ agent, ...resultsOf(groups) }, { name, now: new Date() })}`,
  );
}

function resultsOf(groups: readonly FigureGroup[]) {
  return {
    groups: groups.map(({ title, figures }) => ({
      title,
      figures: figures.map((figure) => ({ ...figure, met: isMet(figure) ?? null })),
    })),
  };
}
