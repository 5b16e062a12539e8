/**
 * What happens to an agent's process, its disk, its clock and its configuration.
 *
 * @module
 */

import { canSetClock } from "../agent_clock.ts";
import { between, type Fault, oneOf, pause, type Strike } from "./fault.ts";
import { KILLS } from "./kills.ts";

const DAY_S = 86_400;

/** The faults of one agent's machine. */
export const AGENT_FAULTS: readonly Fault[] = [
  ...KILLS,
  { name: "freeze_agent", weight: 2, strike: freeze },
  { name: "stop_agent", weight: 1, strike: stop },
  {
    name: "fill_disk",
    weight: 2,
    impossible: ({ agent }) => agent.disk ? undefined : "no file system may be mounted here",
    strike: fillDisk,
  },
  {
    name: "jump_clock",
    weight: 2,
    impossible: () => canSetClock() ? undefined : "libfaketime is not installed",
    strike: jumpClock,
  },
  { name: "reload", weight: 2, strike: reload },
];

async function freeze({ agent, random, signal }: Strike): Promise<void> {
  agent.process.signal("SIGSTOP");
  await pause(between(random, 200, 3_000), signal);
  agent.process.signal("SIGCONT");
}

function stop({ agent }: Strike): Promise<void> {
  agent.process.signal("SIGTERM");
  return agent.process.nextStart();
}

/** Full for a while; in half of the cases the agent has to start on the full disk. */
async function fillDisk(strike: Strike): Promise<void> {
  const { agent, random, signal } = strike;
  agent.disk?.fill();
  if (random() < 0.5) agent.process.signal("SIGKILL");
  await pause(between(random, 500, 4_000), signal);
  agent.disk?.free();
}

async function jumpClock({ agent, random, signal }: Strike): Promise<void> {
  agent.setClock(oneOf(random, [-400 * DAY_S, -DAY_S, -60, 60, 600, DAY_S, 8 * DAY_S]));
  await pause(between(random, 500, 5_000), signal);
  agent.setClock(0);
}

async function reload({ agent, random, signal }: Strike): Promise<void> {
  agent.configure([
    `logcollector.read_interval: ${oneOf(random, ["50ms", "200ms", "700ms"])}`,
    `logcollector.reload_interval: ${oneOf(random, ["200ms", "1s", "3s"])}`,
    `events.batch_events: ${oneOf(random, [10, 100, 1_000])}`,
    `events.max_in_flight: ${oneOf(random, [1, 4, 8])}`,
  ]);
  agent.process.askToReload();
  await pause(between(random, 50, 5_000), signal);
  // Small batches for good would be more than a machine that is struck so often can deliver.
  agent.configure([]);
  agent.process.askToReload();
}
