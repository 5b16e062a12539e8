/**
 * Full load: a file with many lines appears, and everything is measured from then until the last of them is acknowledged.
 *
 * @module
 */

import { TempFolder } from "../../tests/support/queues.ts";
import { MEGABYTE } from "../report/megabytes.ts";
import {
  AgentStage,
  awaitStatus,
  type CountingServer,
  isConnected,
  requireArrived,
} from "../support/agent_stage.ts";
import { writeLines } from "../support/log_file.ts";
import { readUsage } from "../support/process_usage.ts";
import { SinkProcess } from "../support/sink_process.ts";
import { StoringManager } from "../support/storing_manager.ts";
import type { FigureGroup } from "./figure.ts";
import { MAX_BUSY_BYTES } from "./targets.ts";

/** Measures with `lines` lines: to the manager that stores, over TLS, and to a sink over plain HTTP. */
export async function measureLoad(lines: number): Promise<FigureGroup[]> {
  using folder = new TempFolder();
  const groups: FigureGroup[] = [];
  {
    await using server = await StoringManager.start(folder);
    groups.push(
      await measure(`Full load, ${lines} lines, TLS, manager that stores`, server, lines),
    );
  }
  await using server = await SinkProcess.start({ counts: "events" });
  groups.push(await measure(`Full load, ${lines} lines, HTTP, sink`, server, lines));
  return groups;
}

async function measure(title: string, server: CountingServer, lines: number): Promise<FigureGroup> {
  using folder = new TempFolder();
  const stage = new AgentStage(folder, server);
  stage.configure(followQuickly(folder.file("app.log")));
  await stage.register();
  writeLines(folder.file("prepared"), lines);
  await using agent = await stage.start();
  await awaitStatus(agent, isConnected);
  const before = readUsage(agent.pid);
  const startedAt = performance.now();
  Deno.renameSync(folder.file("prepared"), folder.file("app.log"));
  await awaitStatus(
    agent,
    ({ streams }) => streams.stateless.acknowledged_events >= lines,
    { everyMs: 250 },
  );
  const tookS = (performance.now() - startedAt) / 1_000;
  const after = readUsage(agent.pid);
  await requireArrived(server, lines);
  const lineBytes = Deno.statSync(folder.file("app.log")).size;
  return {
    title,
    figures: [
      { name: "lines delivered", value: lines / tookS, unit: "lines/s" },
      {
        name: "processor time",
        value: (after.cpu_s - before.cpu_s) / lines * 100_000,
        unit: "s per 100,000 events",
      },
      {
        name: "written to disk",
        value: (after.disk_written_bytes - before.disk_written_bytes) / lineBytes,
        unit: "bytes per byte of line",
      },
      {
        name: "written, sockets included",
        value: (after.written_bytes - before.written_bytes) / lineBytes,
        unit: "bytes per byte of line",
      },
      {
        name: "peak resident memory",
        value: after.peak_resident_bytes / MEGABYTE,
        unit: "MB",
        below: MAX_BUSY_BYTES / MEGABYTE,
      },
    ],
  };
}

/** Follows a file that is not there yet, and finds it soon. */
export function followQuickly(path: string): string[] {
  return [
    "logcollector.reload_interval: 100ms",
    `logcollector.localfiles: [{ location: ${path} }]`,
  ];
}
