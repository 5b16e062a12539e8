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
import { calmDown, countOf } from "./calm.ts";
import { Received } from "./received.ts";
import { isKept, judge, type Verdict } from "./verdict.ts";

/** How a run is made. */
export interface RunOptions {
  folder: string;
  minutes: number;
  agents: number;
  /** The run goes on beyond its minutes until agents were killed so often. */
  kills: number;
  /** Lines that each program writes in a second. */
  rate: number;
  /** Longest pause between two strikes at one agent, in seconds; elsewhere it is twice as long. */
  pause: number;
  /** A compiled agent: every second one is that. @default all from source */
  compiled: string | undefined;
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
  overstated: number;
  dead: number;
  accounted: number;
  agents: number;
  agent_starts: number;
  agent_kills: number;
  struck: Record<string, number>;
  /** Strikes whose moment did not come. */
  missed: Record<string, number>;
  impossible: Record<string, string>;
}

/** Longest wait for agents that nothing has struck yet. */
const FIRST_LOOK_MS = 120_000;
const FIRST_LOOK_PAUSE_MS = 500;
const PROGRESS_INTERVAL_MS = 10_000;
const LOOK_INTERVAL_MS = 100;

/** Makes a run and counts. */
export async function run(options: RunOptions): Promise<RunReport> {
  await using stack = new AsyncDisposableStack();
  const manager = stack.use(await ManagerSide.start(`${options.folder}/manager`));
  const received = new Received(manager.recordPath);
  const agents = await startAgents(options, { manager, received, stack });
  const orders = new Orders();
  const lanes = createLanes(options, { manager, agents, orders });
  await awaitFirstLook(agents, received);
  await strike(options, { agents, lanes, received });
  await calmDown({ manager, agents, received, orders });
  const verdict = await judge(agents, { received, orders });
  return {
    ...summary(options, verdict),
    ...strikesOf(lanes),
    agent_starts: startsOf(agents),
    agent_kills: killsOf(agents),
  };
}

async function startAgents(
  { folder, agents, seed, sabotage, rotations, compiled, rate }: RunOptions,
  { manager, received, stack }: {
    manager: ManagerSide;
    received: Received;
    stack: AsyncDisposableStack;
  },
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
      linesPerSecond: rate,
      newestArrived: (source: string) => received.newest(source),
    };
    const executable = number % 2 === 0 && !sabotage ? compiled : undefined;
    const agent = stack.use(new AgentSide({ ...options, executable }));
    await agent.register(manager.managementUrl);
    agent.process.start();
    started.push(agent);
  }
  return started;
}

function createLanes(
  { seed, only, pause }: RunOptions,
  { manager, agents, orders }: { manager: ManagerSide; agents: AgentSide[]; orders: Orders },
): Lane[] {
  const targets = agents.map((agent) => ({ agent, manager }));
  const lane = (faults: readonly Fault[], targets: readonly Target[], number: number) => {
    const chosen = faults.filter(({ name }) => only.length === 0 || only.includes(name));
    return new Lane({
      faults: chosen,
      targets,
      pauseMs: faults === AGENT_FAULTS
        ? { from: 100, to: pause * 1_000 }
        : { from: 500, to: pause * 2_000 },
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

/** What is rotated away before an agent has looked for the first time is nobody's loss. */
async function awaitFirstLook(agents: readonly AgentSide[], received: Received): Promise<void> {
  for (const program of agents.flatMap(({ programs }) => programs)) program.begin();
  const startedAt = performance.now();
  while (countOf({ agents, received }).missing > 0) {
    if (performance.now() - startedAt > FIRST_LOOK_MS) throw new Error("The agents read nothing");
    await new Promise((resolve) => setTimeout(resolve, FIRST_LOOK_PAUSE_MS));
    received.update();
  }
}

/** Writes and strikes for the time of the run, and until agents were killed often enough. */
async function strike(
  { minutes, kills, onProgress }: RunOptions,
  { agents, lanes, received }: { agents: AgentSide[]; lanes: Lane[]; received: Received },
): Promise<void> {
  const over = new AbortController();
  const end = performance.now() + minutes * 60_000;
  const look = setInterval(() => {
    if (performance.now() >= end && killsOf(agents) >= kills) over.abort();
  }, LOOK_INTERVAL_MS);
  const progress = setInterval(() => {
    received.update();
    onProgress(progressOf(agents, received));
  }, PROGRESS_INTERVAL_MS);
  try {
    const programs = agents.flatMap(({ programs }) => programs);
    await Promise.all([...programs, ...lanes].map((part) => part.run(over.signal)));
  } finally {
    over.abort();
    clearInterval(look);
    clearInterval(progress);
  }
}

function progressOf(agents: readonly AgentSide[], received: Received): string {
  const { written, missing, doubled } = countOf({ agents, received });
  return `written ${written}  received ${written - missing}  doubled ${doubled}  ` +
    `agents killed ${killsOf(agents)}`;
}

function summary(
  { seed, minutes, agents }: RunOptions,
  verdict: Verdict,
): Omit<RunReport, "struck" | "missed" | "impossible" | "agent_starts" | "agent_kills"> {
  const sum = (
    name: "written" | "received" | "lost" | "doubled" | "overstated" | "dead" | "ledger",
  ) => verdict.sources.reduce((total, source) => total + source[name], 0);
  return {
    seed,
    minutes,
    agents,
    kept: isKept(verdict),
    written: sum("written"),
    received: sum("received"),
    lost: sum("lost"),
    doubled: sum("doubled"),
    overstated: sum("overstated"),
    dead: sum("dead"),
    accounted: sum("ledger"),
    ...verdict,
  };
}

function strikesOf(lanes: readonly Lane[]): Pick<RunReport, "struck" | "missed" | "impossible"> {
  const struck = sumOf(lanes.map((lane) => lane.struck));
  const missed = sumOf(lanes.map((lane) => lane.missed));
  const impossible: Record<string, string> = {};
  for (const lane of lanes) {
    for (const [name, reason] of lane.impossible) impossible[name] = reason;
  }
  return { struck, missed, impossible };
}

function sumOf(counts: readonly ReadonlyMap<string, number>[]): Record<string, number> {
  const sum: Record<string, number> = {};
  for (const [name, times] of counts.flatMap((count) => [...count])) {
    sum[name] = (sum[name] ?? 0) + times;
  }
  return sum;
}

function startsOf(agents: readonly AgentSide[]): number {
  return agents.reduce((sum, { process }) => sum + process.starts, 0);
}

function killsOf(agents: readonly AgentSide[]): number {
  return agents.reduce((sum, { process }) => sum + process.kills, 0);
}
