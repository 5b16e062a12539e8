/**
 * Throughput by the server's latency: the manager that stores, over TLS, with `--fault events:latency:…`.
 *
 * The agent begins with a large file, which it reads as fast as it can while it sends: that is part of what is measured.
 *
 * @module
 */

import type { StatusDocument } from "../../src/shared/protocol/status_document.ts";
import { TempFolder } from "../../tests/support/queues.ts";
import { AgentStage, awaitStatus } from "../support/agent_stage.ts";
import { readUsage } from "../support/process_usage.ts";
import { StoringManager } from "../support/storing_manager.ts";

const LOOK_INTERVAL_MS = 100;

/** Limits of batches in flight are numbers; `default` is what holds where nothing is said. */
export type InFlightLimit = number | "default";

/** What is varied. */
export interface Setting {
  /** As the manager's option has it, such as `200ms`. */
  latency: string;
  max_in_flight: InFlightLimit;
}

/** One measured setting. */
export interface LatencyRow extends Setting {
  events_per_s: number;
  /** The most batches in flight that were seen, and the usual number. */
  in_flight_peak: number;
  in_flight_mean: number;
  peak_resident_bytes: number;
}

/** A look at the running agent. */
export interface Look {
  /** Monotonic. */
  atMs: number;
  acknowledged: number;
  inFlight: number;
}

/** Measures `seconds` seconds while an agent follows the file `log`, which must not run out within that time. */
export async function measureThroughput(
  setting: Setting,
  { log, seconds }: { log: string; seconds: number },
): Promise<LatencyRow> {
  const { latency, max_in_flight } = setting;
  using folder = new TempFolder();
  const fault = ["--fault", `events:latency:${latency}`];
  await using server = await StoringManager.start(folder, fault);
  const stage = new AgentStage(folder, server);
  stage.configure([
    "logcollector.start_at: beginning",
    `logcollector.localfiles: [{ location: ${log} }]`,
    ...(max_in_flight === "default" ? [] : [`events.max_in_flight: ${max_in_flight}`]),
  ]);
  await stage.register();
  await using agent = await stage.start();
  await awaitStatus(agent, hasAcknowledged, { everyMs: LOOK_INTERVAL_MS });
  const until = performance.now() + seconds * 1_000;
  const looks: Look[] = [];
  await awaitStatus(agent, () => performance.now() >= until, {
    everyMs: LOOK_INTERVAL_MS,
    onStatus: (status) => looks.push(lookOf(status)),
  });
  const { peak_resident_bytes } = readUsage(agent.pid);
  return { ...setting, ...summaryOf(looks), peak_resident_bytes };
}

/** What of the agent's status is looked at, now. */
export function lookOf({ streams: { stateless } }: StatusDocument): Look {
  const { acknowledged_events, batches_in_flight } = stateless;
  return {
    atMs: performance.now(),
    acknowledged: acknowledged_events,
    inFlight: batches_in_flight,
  };
}

/** Throughput and batches in flight between the first look and the last. */
export function summaryOf(looks: readonly Look[]) {
  const [first, last] = [looks[0], looks.at(-1)];
  if (first === undefined || last === undefined || first === last) {
    throw new RangeError("It takes two looks to tell a throughput");
  }
  const inFlight = looks.map((look) => look.inFlight);
  const seconds = (last.atMs - first.atMs) / 1_000;
  return {
    events_per_s: Math.round((last.acknowledged - first.acknowledged) / seconds),
    in_flight_peak: Math.max(...inFlight),
    in_flight_mean: Number(mean(inFlight).toFixed(1)),
  };
}

/** The arithmetic mean. */
export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function hasAcknowledged({ streams }: StatusDocument): boolean {
  return streams.stateless.acknowledged_events > 0;
}
