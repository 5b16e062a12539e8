/**
 * The agent with nothing to do: one poll open at the manager, 20 followed files that do not grow, every option at its default.
 *
 * @module
 */

import { systemClock } from "../../src/shared/clock.ts";
import type { AgentProcess } from "../../tests/support/agent_process.ts";
import { TempFolder } from "../../tests/support/queues.ts";
import { MEGABYTE } from "../report/megabytes.ts";
import { AgentStage, awaitStatus, isConnected } from "../support/agent_stage.ts";
import { writeLines } from "../support/log_file.ts";
import { readContextSwitches, readMemory, readUsage } from "../support/process_usage.ts";
import { StoringManager } from "../support/storing_manager.ts";
import type { Figure, FigureGroup } from "./figure.ts";
import { MAX_AFTER_BURST_BYTES, MAX_IDLE_BYTES, MAX_IDLE_CPU_PERCENT } from "./targets.ts";

const FILES = 20;
/** Lines that are in each file from the beginning, and are not read. */
const LINES_A_FILE = 100;
const SETTLES_IN_MS = 30_000;
const MEASURED_MS = 30_000;

/** Measures a fresh agent, and the same after a burst of `burstLines` lines. */
export async function measureIdle(burstLines: number): Promise<FigureGroup[]> {
  using folder = new TempFolder();
  await using server = await StoringManager.start(folder);
  const stage = new AgentStage(folder, server);
  Deno.mkdirSync(folder.file("logs"));
  const files = Array.from({ length: FILES }, (_, index) => folder.file(`logs/${index}.log`));
  for (const file of files) writeLines(file, LINES_A_FILE);
  stage.configure([`logcollector.localfiles: [{ location: ${folder.file("logs/*.log")} }]`]);
  await stage.register();
  await using agent = await stage.start();
  await awaitStatus(agent, isConnected);
  const fresh = await measureQuiet(agent, MAX_IDLE_BYTES);
  writeLines(files[0] ?? "", burstLines);
  await awaitStatus(
    agent,
    ({ streams }) => streams.stateless.acknowledged_events >= burstLines,
    { everyMs: 500 },
  );
  const settled = await measureQuiet(agent, MAX_AFTER_BURST_BYTES);
  return [
    { title: `Idle, fresh, ${FILES} followed files`, figures: fresh },
    { title: `Idle, after a burst of ${burstLines} lines`, figures: settled },
  ];
}

async function measureQuiet({ pid }: AgentProcess, maxBytes: number): Promise<Figure[]> {
  await systemClock.sleep(SETTLES_IN_MS);
  const before = { cpuS: readUsage(pid).cpu_s, switches: readContextSwitches(pid) };
  const startedAt = performance.now();
  await systemClock.sleep(MEASURED_MS);
  const seconds = (performance.now() - startedAt) / 1_000;
  const cpuS = readUsage(pid).cpu_s - before.cpuS;
  const switches = readContextSwitches(pid) - before.switches;
  const memory = readMemory(pid);
  return [
    {
      name: "resident memory",
      value: memory.resident_bytes / MEGABYTE,
      unit: "MB",
      below: maxBytes / MEGABYTE,
    },
    { name: "of it its share (Pss)", value: memory.proportional_bytes / MEGABYTE, unit: "MB" },
    { name: "of it private", value: memory.private_bytes / MEGABYTE, unit: "MB" },
    {
      name: "processor time",
      value: cpuS / seconds * 100,
      unit: "% of one processor",
      below: MAX_IDLE_CPU_PERCENT,
    },
    { name: "wake-ups", value: switches / seconds, unit: "/s" },
  ];
}
