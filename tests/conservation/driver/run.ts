/**
 * One run: a manager and agents, logs that are written, faults that strike, a calm at the end, and the count.
 *
 * @module
 */

import { randomFrom } from "../../support/random.ts";
import { AgentSide } from "./agent_side.ts";
import { AGENT_FAULTS } from "./faults/agent_faults.ts";
import type { Fault, Target } from "./faults/fault.ts";
import { MANAGER_FAULTS } from "./faults/manager_faults.ts";
import { NETWORK_FAULTS } from "./faults/network_faults.ts";
import { Orders } from "./faults/orders.ts";
import { FaultRelay } from "./fault_relay.ts";
import { Lane } from "./lane.ts";
import { ManagerSide } from "./manager_side.ts";
import { Received } from "./received.ts";
import { isKept, judge, type Verdict } from "./verdict.ts";

/** How a run is made. */
export interface RunOptions {
  folder: string;
  minutes: number;
  agents: number;
  /** The same seed strikes the same faults in the same order. */
  seed: number;
  /** Names of faults to strike; everything when empty. */
  only: readonly string[];
  /** How the programs rotate: one program for each. */
  rotations: readonly string[];
  /** Told how it goes, every ten seconds. */
  onProgress(text: string): void;
  /** Runs agents that acknowledge lines before they are on disk. */
  sabotage: boolean;
}

/** What a run found. */
export interface RunReport extends Verdict {
  seed: number;
  minutes: number;
  kept: boolean;
  written: number;
  received: number;
  lost: number;
  doubled: number;
  dead: number;
  accounted: number;
  agent_starts: number;
  struck: Record<string, number>;
  impossible: Record<string, string>;
}

const PROGRESS_INTERVAL_MS = 10_000;
const CALM_LOOK_MS = 500;
/** The calm is over when nothing has come for so long. */
const QUIET_MS = 15_000;

/** Makes a run and counts. */
export async function run(options: RunOptions): Promise<RunReport> {
  await using stack = new AsyncDisposableStack();
  const manager = stack.use(await ManagerSide.start(`${options.folder}/manager`));
  const agents = await startAgents(options, { manager, stack });
  const received = new Received(manager.recordPath);
  const orders = new Orders();
  const lanes = createLanes(options, { manager, agents, orders });
  await strike(options, { agents, lanes, received });
  await settle(manager, { agents, received });
  const verdict = await judge(agents, { received, orders });
  return { ...summary(options, verdict), ...strikesOf(lanes), agent_starts: startsOf(agents) };
}

async function startAgents(
  { folder, agents, seed, sabotage, rotations }: RunOptions,
  { manager, stack }: { manager: ManagerSide; stack: AsyncDisposableStack },
): Promise<AgentSide[]> {
  const started: AgentSide[] = [];
  for (let number = 1; number <= agents; number++) {
    const relay = stack.use(new FaultRelay(() => manager.commsPort));
    const name = `a${number}`;
    const random = randomFrom(seed * 1_000 + number);
    const { caCertPath } = manager;
    const options = {
      name,
      folder: `${folder}/${name}`,
      relay,
      random,
      caCertPath,
      sabotage,
      rotations,
    };
    // Every second agent is the compiled one, where there is one.
    const executable = number % 2 === 0 && !sabotage ? Deno.env.get("AGENT_BIN") : undefined;
    const agent = stack.use(new AgentSide({ ...options, executable }));
    await agent.register(manager.managementUrl);
    agent.start();
    started.push(agent);
  }
  return started;
}

function createLanes(
  { seed, only }: RunOptions,
  { manager, agents, orders }: { manager: ManagerSide; agents: AgentSide[]; orders: Orders },
): Lane[] {
  const targets = agents.map((agent) => ({ agent, manager }));
  const lane = (faults: readonly Fault[], targets: readonly Target[], number: number) => {
    const chosen = faults.filter(({ name }) => only.length === 0 || only.includes(name));
    return new Lane({
      faults: chosen,
      targets,
      pauseMs: faults === AGENT_FAULTS ? { from: 100, to: 4_000 } : { from: 500, to: 8_000 },
      seed: seed * 100 + number,
    });
  };
  return [
    lane(MANAGER_FAULTS, targets, 1),
    lane(orders.faults, targets, 2),
    ...targets.flatMap((target, index) => [
      lane(AGENT_FAULTS, [target], 10 + 2 * index),
      lane(NETWORK_FAULTS, [target], 11 + 2 * index),
    ]),
  ].filter((lane) => !lane.isEmpty);
}

/** Writes and strikes for the time of the run. */
async function strike(
  { minutes, onProgress }: RunOptions,
  { agents, lanes, received }: { agents: AgentSide[]; lanes: Lane[]; received: Received },
): Promise<void> {
  const over = new AbortController();
  const end = setTimeout(() => over.abort(), minutes * 60_000);
  const progress = setInterval(() => {
    received.update();
    onProgress(progressOf(agents, received));
  }, PROGRESS_INTERVAL_MS);
  try {
    const programs = agents.flatMap(({ programs }) => programs);
    await Promise.all([...programs, ...lanes].map((part) => part.run(over.signal)));
  } finally {
    over.abort();
    clearTimeout(end);
    clearInterval(progress);
  }
}

/** The faults are over and nothing is written any more: waits until nothing comes any more, then stops the agents. */
async function settle(
  manager: ManagerSide,
  { agents, received }: { agents: AgentSide[]; received: Received },
): Promise<void> {
  await manager.replace([]);
  for (const agent of agents) {
    agent.signal("SIGCONT");
    agent.relay.treat({ kind: "pass" });
  }
  let last = countOf(agents, received);
  let quietSince = performance.now();
  while (performance.now() - quietSince < QUIET_MS && last.missing > 0) {
    await new Promise((resolve) => setTimeout(resolve, CALM_LOOK_MS));
    received.update();
    const now = countOf(agents, received);
    if (now.missing !== last.missing) quietSince = performance.now();
    last = now;
  }
  await Promise.all(agents.map((agent) => agent.stop()));
  // The record is written behind the store; a manager that is stopped has written all of it.
  await manager.stop();
  received.update();
}

function countOf(agents: readonly AgentSide[], received: Received) {
  let [written, missing, doubled] = [0, 0, 0];
  for (const program of agents.flatMap(({ programs }) => programs)) {
    const count = received.of(program.source, program.written);
    written += program.written;
    missing += count.missing.length;
    doubled += count.doubled;
  }
  return { written, missing, doubled };
}

function progressOf(agents: readonly AgentSide[], received: Received): string {
  const { written, missing, doubled } = countOf(agents, received);
  return `written ${written}  received ${written - missing}  doubled ${doubled}  ` +
    `agent starts ${startsOf(agents)}`;
}

function summary(
  { seed, minutes }: RunOptions,
  verdict: Verdict,
): Omit<RunReport, "struck" | "impossible" | "agent_starts"> {
  const sum = (name: "written" | "received" | "lost" | "doubled" | "dead" | "ledger") =>
    verdict.sources.reduce((total, source) => total + source[name], 0);
  return {
    seed,
    minutes,
    kept: isKept(verdict),
    written: sum("written"),
    received: sum("received"),
    lost: sum("lost"),
    doubled: sum("doubled"),
    dead: sum("dead"),
    accounted: sum("ledger"),
    ...verdict,
  };
}

function strikesOf(lanes: readonly Lane[]): Pick<RunReport, "struck" | "impossible"> {
  const struck: Record<string, number> = {};
  const impossible: Record<string, string> = {};
  for (const lane of lanes) {
    for (const [name, times] of lane.struck) struck[name] = (struck[name] ?? 0) + times;
    for (const [name, reason] of lane.impossible) impossible[name] = reason;
  }
  return { struck, impossible };
}

function startsOf(agents: readonly AgentSide[]): number {
  return agents.reduce((sum, { starts }) => sum + starts, 0);
}
