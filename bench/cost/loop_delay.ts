/**
 * How long the agent's event loop is busy in one go at full load: from outside, as the time its local API needs to answer, and,
 * when it runs from source, from inside, as the lateness of a timer.
 *
 * @module
 */

import { fileURLToPath } from "node:url";
import { sourceRunArgs } from "../../src/agent/process/source_run.ts";
import type { StatusDocument } from "../../src/shared/protocol/status_document.ts";
import type { AgentProcess } from "../../tests/support/agent_process.ts";
import { TempFolder } from "../../tests/support/queues.ts";
import { quantile } from "../report/statistics.ts";
import { AgentStage, awaitStatus, isConnected } from "../support/agent_stage.ts";
import { eventsOfSize } from "../support/events.ts";
import { writeLines } from "../support/log_file.ts";
import { RawPath } from "../support/raw_path.ts";
import { StoringManager } from "../support/storing_manager.ts";
import type { Figure, FigureGroup } from "./figure.ts";
import { followQuickly } from "./load.ts";
import type { LoopDelay } from "./loop_delay_probe.ts";
import { MAX_LOOP_DELAY_COMMITS } from "./targets.ts";

const ASKED_EVERY_MS = 20;
const GROUP_EVENTS = 1_000;
const COMMITS = 100;
/** The agent is idle until it is so old. */
const IDLE_S = 6;
const PROBE = fileURLToPath(new URL("./loop_delay_probe.ts", import.meta.url));

/** Measures while `lines` lines go from a file to the manager that stores, over TLS. */
export async function measureLoopDelay(lines: number): Promise<FigureGroup> {
  using folder = new TempFolder();
  await using server = await StoringManager.start(folder);
  const stage = new AgentStage(folder, server);
  stage.configure(followQuickly(folder.file("app.log")));
  await stage.register();
  writeLines(folder.file("prepared"), lines);
  const probed = Deno.env.has("AGENT_BIN") ? undefined : probedAgent(folder);
  await using agent = await startAgent(stage, probed?.program);
  await awaitStatus(agent, isConnected);
  const idle = await answerTimes(agent, ({ uptime_s }) => (uptime_s ?? 0) > IDLE_S);
  const from = Date.now();
  Deno.renameSync(folder.file("prepared"), folder.file("app.log"));
  const busy = await answerTimes(
    agent,
    ({ streams }) => streams.stateless.acknowledged_events >= lines,
  );
  const to = Date.now();
  await agent.stop();
  const usualMs = quantile(idle, 0.5);
  const commitMs = commitTimeMs(folder);
  const answers = busy.map((tookMs) => tookMs - usualMs);
  const figures = [
    { name: "limit: a bare commit of 1,000 events, median", value: commitMs, unit: "ms" },
    ...delayFigures("answer of the local API", answers, commitMs),
    ...(probed === undefined
      ? []
      : delayFigures("timer inside", probed.delays(from, to), commitMs)),
  ];
  return { title: `Event loop at full load, ${lines} lines, TLS, manager that stores`, figures };
}

/** How long the local API took to answer, each time, in milliseconds. */
async function answerTimes(
  agent: AgentProcess,
  isOver: (status: StatusDocument) => boolean,
): Promise<number[]> {
  const tookMs: number[] = [];
  let askedAt = performance.now();
  await awaitStatus(agent, isOver, {
    everyMs: ASKED_EVERY_MS,
    onBeforeLook: () => askedAt = performance.now(),
    onStatus: () => tookMs.push(performance.now() - askedAt),
  });
  return tookMs;
}

/** What a commit of one group of events takes on this machine with SQLite alone, in milliseconds. */
function commitTimeMs(folder: TempFolder): number {
  const options = { durability: "full", url: "http://127.0.0.1:1" } as const;
  using path = new RawPath(folder.file("raw.db"), options);
  const events = eventsOfSize(GROUP_EVENTS);
  const tookMs = Array.from({ length: COMMITS }, () => {
    const startedAt = performance.now();
    path.store(events);
    return performance.now() - startedAt;
  });
  return quantile(tookMs, 0.5);
}

function delayFigures(what: string, delaysMs: readonly number[], commitMs: number): Figure[] {
  const p99 = quantile(delaysMs, 0.99);
  return [
    { name: `${what}, median`, value: quantile(delaysMs, 0.5), unit: "ms late" },
    { name: `${what}, 99 of 100`, value: p99, unit: "ms late" },
    {
      name: `${what}, 99 of 100, to the limit`,
      value: p99 / commitMs,
      unit: "commits",
      below: MAX_LOOP_DELAY_COMMITS,
    },
    { name: `${what}, longest`, value: Math.max(...delaysMs), unit: "ms late" },
  ];
}

/** A program that runs the agent from source with `loop_delay_probe.ts` loaded before it. */
function probedAgent(folder: TempFolder) {
  const program = folder.file("probed-agent");
  const delaysFile = folder.file("delays.json");
  const [run = "", ...options] = sourceRunArgs();
  const command = [Deno.execPath(), run, `--preload=${PROBE}`, ...options].map(shellQuoted);
  const environment = `LOOP_DELAY_FILE=${shellQuoted(delaysFile)}`;
  const script = `#!/bin/sh\n${environment} exec ${command.join(" ")} "$@"\n`;
  Deno.writeTextFileSync(program, script, { mode: 0o700 });
  return {
    program,
    /** The delays of a time, once the agent has ended. */
    delays(fromMs: number, toMs: number): number[] {
      const all: LoopDelay[] = JSON.parse(Deno.readTextFileSync(delaysFile));
      return all.filter(({ at_ms }) => at_ms >= fromMs && at_ms <= toMs)
        .map(({ delay_ms }) => delay_ms);
    },
  };
}

/** Starts the agent, as `program` if there is one. */
async function startAgent(stage: AgentStage, program: string | undefined): Promise<AgentProcess> {
  if (program === undefined) return await stage.start();
  Deno.env.set("AGENT_BIN", program);
  try {
    return await stage.start();
  } finally {
    Deno.env.delete("AGENT_BIN");
  }
}

function shellQuoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
