/**
 * Cold start: how long `agent status` takes to ask a running agent, from the start of its process to its end, beside a
 * program that does nothing: an empty script, or `--version` of the executable.
 *
 * @module
 */

import { TempFolder } from "../../tests/support/queues.ts";
import { quantile } from "../report/statistics.ts";
import { AgentStage, awaitStatus, isConnected } from "../support/agent_stage.ts";
import { StoringManager } from "../support/storing_manager.ts";
import type { FigureGroup } from "./figure.ts";
import { MAX_STATUS_STARTS } from "./targets.ts";

const RUNS = 20;

/** Measures with an agent that has nothing else to do. */
export async function measureStatusStart(): Promise<FigureGroup> {
  using folder = new TempFolder();
  await using server = await StoringManager.start(folder);
  const stage = new AgentStage(folder, server);
  stage.configure([]);
  await stage.register();
  await using agent = await stage.start();
  await awaitStatus(agent, isConnected);
  const kind = Deno.env.has("AGENT_BIN") ? "compiled" : "source";
  const empty = folder.file("empty.ts");
  Deno.writeTextFileSync(empty, "");
  const tookMs: number[] = [];
  const leastMs: number[] = [];
  for (let run = 0; run < RUNS; run++) {
    tookMs.push(await timed(() => stage.askStatus()));
    leastMs.push(await timed(() => runNothing(empty)));
  }
  const [median, least] = [quantile(tookMs, 0.5), quantile(leastMs, 0.5)];
  return {
    title: `agent status, ${kind}, ${RUNS} runs`,
    figures: [
      { name: "limit: a program that does nothing, median", value: least, unit: "ms" },
      { name: "median", value: median, unit: "ms" },
      {
        name: "median, to the limit",
        value: median / least,
        unit: "starts",
        below: MAX_STATUS_STARTS[kind],
      },
      { name: "slowest", value: Math.max(...tookMs), unit: "ms" },
    ],
  };
}

async function timed(run: () => Promise<void>): Promise<number> {
  const startedAt = performance.now();
  await run();
  return performance.now() - startedAt;
}

async function runNothing(emptyScript: string): Promise<void> {
  const binary = Deno.env.get("AGENT_BIN");
  const { success } = await new Deno.Command(binary ?? Deno.execPath(), {
    args: binary === undefined ? ["run", "--quiet", emptyScript] : ["--version"],
    stdout: "null",
  }).output();
  if (!success) throw new Error("The program that does nothing failed");
}
