/**
 * The count at the end of a run, and what it says.
 *
 * @module
 */

import type { AgentSide } from "./agent_side.ts";
import { type Accounted, ledgerLines, readAccounted } from "./accounted.ts";
import { verifyQueue } from "./verify_queue.ts";
import type { Orders } from "./faults/orders.ts";
import type { Received } from "./received.ts";

/** How the lines of one program ended. */
export interface SourceVerdict {
  source: string;
  written: number;
  rotations: number;
  received: number;
  doubled: number;
  /** Not received, but in a dead letter. */
  dead: number;
  /** Lines that the ledger accounts for. */
  ledger: number;
  /** Neither received, nor dead, nor in the ledger. */
  lost: number;
  /** In the ledger or dead, although received. */
  overstated: number;
  /** Some of the lines that did not come. */
  examples: number[];
}

/** How a run ended. */
export interface Verdict {
  sources: SourceVerdict[];
  /** Ledger entries by reason: how many, and the lines in them. */
  ledger: Record<string, { entries: number; events: number; bytes: number }>;
  /** Everything that should not have happened, in words. */
  problems: string[];
}

const EXAMPLES = 5;

/** Counts what became of every line, and has each agent's database checked. The agents have stopped. */
export async function judge(
  agents: readonly AgentSide[],
  { received, orders }: { received: Received; orders: Orders },
): Promise<Verdict> {
  const accounts = new Map(agents.map((agent) => [agent, readAccounted(agent.databasePath)]));
  // One after the other: each takes a core for a while.
  const damages: string[] = [];
  for (const agent of agents) damages.push(...await verifyQueue(agent));
  const sources = agents.flatMap((agent) => judgeSources(agent, accounts.get(agent), received));
  return {
    sources,
    ledger: byReason([...accounts.values()]),
    problems: [
      ...damages,
      ...orders.unanswered,
      ...agents.flatMap((agent) => problemsOf(agent, orders)),
      ...(received.foreign === 0
        ? []
        : [`${received.foreign} events are no line that was written`]),
    ],
  };
}

/** True when `written = received + accounted losses`, and nothing came twice. */
export function isKept({ sources, problems }: Verdict): boolean {
  const isSound = ({ lost, doubled, overstated }: SourceVerdict) =>
    lost === 0 && doubled === 0 && overstated === 0;
  return problems.length === 0 && sources.every(isSound);
}

function judgeSources(
  agent: AgentSide,
  accounted: Accounted | undefined,
  received: Received,
): SourceVerdict[] {
  return agent.programs.map(({ source, written, rotations, rotation }) => {
    const count = received.of(source, written);
    const dead = new Set(accounted?.dead.get(source));
    const gone = count.missing.filter((number) => !dead.has(number));
    const deadOnly = count.missing.length - gone.length;
    const ledger = ledgerLines(accounted?.ledger ?? [], `${agent.folder}/logs/${rotation}`);
    return {
      source,
      written,
      rotations,
      received: count.received,
      doubled: count.doubled,
      dead: deadOnly,
      ledger,
      lost: Math.max(0, gone.length - ledger),
      overstated: Math.max(0, ledger - gone.length) + dead.size - deadOnly,
      examples: gone.slice(0, EXAMPLES),
    };
  });
}

function problemsOf(agent: AgentSide, orders: Orders): string[] {
  const problems = [
    ...agent.process.failures,
    ...orders.problems(agent.name, linesOf(agent.scriptRunsPath)),
  ];
  return problems.map((problem) => `${agent.name}: ${problem}`);
}

function byReason(accounts: readonly Accounted[]): Verdict["ledger"] {
  const reasons: Verdict["ledger"] = {};
  for (const { reason, events, bytes } of accounts.flatMap(({ ledger }) => ledger)) {
    const entry = reasons[reason] ??= { entries: 0, events: 0, bytes: 0 };
    entry.entries++;
    entry.events += events;
    entry.bytes += bytes;
  }
  return reasons;
}

function linesOf(path: string): string[] {
  try {
    return Deno.readTextFileSync(path).split("\n").filter((line) => line !== "");
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}
