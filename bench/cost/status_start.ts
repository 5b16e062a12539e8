/**
 * Cold start: how long `agent status` takes to ask a running agent, from the start of its process to its end.
 *
 * @module
 */

import { TempFolder } from "../../tests/support/queues.ts";
import { quantile } from "../report/statistics.ts";
import { AgentStage, awaitStatus, isConnected } from "../support/agent_stage.ts";
import { StoringManager } from "../support/storing_manager.ts";
import type { FigureGroup } from "./figure.ts";
import { MAX_STATUS_MS } from "./targets.ts";

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
  const tookMs: number[] = [];
  for (let run = 0; run < RUNS; run++) {
    const startedAt = performance.now();
    await stage.askStatus();
    tookMs.push(performance.now() - startedAt);
  }
  const kind = Deno.env.has("AGENT_BIN") ? "compiled" : "source";
  return {
    title: `agent status, ${kind}, ${RUNS} runs`,
    figures: [
      { name: "median", value: quantile(tookMs, 0.5), unit: "ms", below: MAX_STATUS_MS[kind] },
      { name: "slowest", value: Math.max(...tookMs), unit: "ms" },
    ],
  };
}
