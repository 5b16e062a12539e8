/**
 * What happens to an agent's process, its disk, its clock and its configuration.
 *
 * @module
 */

import { AgentSide } from "../agent_side.ts";
import type { Direction } from "../fault_relay.ts";
import { between, type Fault, oneOf, pause, type Strike } from "./fault.ts";

/** Longest wait for the moment at which an agent is to be killed. */
const MOMENT_MS = 2_000;
const LOOK_INTERVAL_MS = 1;
const DAY_S = 86_400;

/** The faults of one agent's machine. */
export const AGENT_FAULTS: readonly Fault[] = [
  { name: "kill_agent", weight: 4, strike: kill },
  { name: "kill_agent_after_commit", weight: 3, strike: (strike) => killAtWrite(strike, "-wal") },
  { name: "kill_agent_in_checkpoint", weight: 2, strike: (strike) => killAtWrite(strike, "") },
  { name: "kill_agent_before_send", weight: 3, strike: (strike) => killAtBytes(strike, "agent") },
  { name: "kill_agent_after_send", weight: 3, strike: (strike) => killAtBytes(strike, "server") },
  { name: "kill_agent_at_start", weight: 3, strike: killAtStart },
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
    impossible: () => AgentSide.canSetClock ? undefined : "libfaketime is not installed",
    strike: jumpClock,
  },
  { name: "reload", weight: 2, strike: reload },
];

function kill({ agent }: Strike): Promise<void> {
  agent.signal("SIGKILL");
  return agent.nextStart();
}

/** Kills just after a write to the database (`""`) or its log (`"-wal"`). */
async function killAtWrite(strike: Strike, suffix: string): Promise<void> {
  const { agent, signal } = strike;
  const modified = () => {
    try {
      return Deno.statSync(agent.databasePath + suffix).mtime?.getTime();
    } catch {
      return undefined;
    }
  };
  const before = modified();
  const deadline = performance.now() + MOMENT_MS;
  while (modified() === before && performance.now() < deadline && !signal.aborted) {
    await pause(LOOK_INTERVAL_MS, signal);
  }
  await kill(strike);
}

/** Kills just before bytes of the agent, or of the server, are passed on. */
async function killAtBytes(strike: Strike, direction: Direction): Promise<void> {
  const moment = AbortSignal.any([strike.signal, AbortSignal.timeout(MOMENT_MS)]);
  await strike.agent.relay.next(direction, moment);
  await kill(strike);
}

async function killAtStart(strike: Strike): Promise<void> {
  await kill(strike);
  await pause(between(strike.random, 0, 50), strike.signal);
  await kill(strike);
}

async function freeze({ agent, random, signal }: Strike): Promise<void> {
  agent.signal("SIGSTOP");
  await pause(between(random, 200, 3_000), signal);
  agent.signal("SIGCONT");
}

function stop({ agent }: Strike): Promise<void> {
  agent.signal("SIGTERM");
  return agent.nextStart();
}

/** Full for a while; in half of the cases the agent has to start on the full disk. */
async function fillDisk(strike: Strike): Promise<void> {
  const { agent, random, signal } = strike;
  agent.disk?.fill();
  if (random() < 0.5) agent.signal("SIGKILL");
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
  agent.signal("SIGHUP");
  await pause(between(random, 50, 500), signal);
}
