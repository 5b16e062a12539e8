/**
 * SIGKILL of an agent, at the moments that matter.
 *
 * @module
 */

import type { Direction } from "../fault_relay.ts";
import { between, type Fault, pause, type Strike } from "./fault.ts";
import { killAtWrite, killAtWriteImpossible } from "./kill_at_write.ts";

/** Longest wait for the moment at which an agent is to be killed. */
const MOMENT_MS = 5_000;
/** The database itself is written to only once its log is long. */
const CHECKPOINT_MOMENT_MS = 15_000;
const LOOK_INTERVAL_MS = 1;
/** A commit writes some pages, a checkpoint some hundred. */
const COMMIT_WRITES = 12;
const CHECKPOINT_WRITES = 60;

const impossible = killAtWriteImpossible;

/** Every way to kill an agent. */
export const KILLS: readonly Fault[] = [
  { name: "kill_agent", weight: 4, strike: kill },
  { name: "kill_agent_in_commit", weight: 2, impossible, strike: killInCommit },
  { name: "kill_agent_after_commit", weight: 3, strike: killAfterCommit },
  { name: "kill_agent_in_checkpoint", weight: 2, impossible, strike: killInCheckpoint },
  { name: "kill_agent_before_send", weight: 3, strike: (strike) => killAtBytes(strike, "agent") },
  { name: "kill_agent_after_send", weight: 3, strike: (strike) => killAtBytes(strike, "server") },
  { name: "kill_agent_at_start", weight: 3, strike: killAtStart },
];

async function kill(strike: Strike): Promise<void> {
  strike.agent.process.signal("SIGKILL");
  await strike.agent.process.nextStart();
  await recover(strike);
}

/**
 * Half of the time the next strike comes once the agent is at work again: where a start takes longer than the pauses between
 * strikes, no agent would ever be killed at its work.
 */
async function recover({ agent, random, signal }: Strike): Promise<void> {
  if (random() < 0.5) await agent.process.atWork(signal);
}

/** Kills when `moment` resolves with true, which has done it itself; else now, and the strike does not count. */
async function killAt(strike: Strike, moment: () => Promise<boolean>): Promise<void> {
  const next = strike.agent.process.nextStart();
  if (await moment()) await next;
  else {
    strike.missed();
    strike.agent.process.signal("SIGKILL");
    await strike.agent.process.nextStart();
  }
  await recover(strike);
}

/** Kills within a transaction: some of its pages are in the database's log. */
function killInCommit(strike: Strike): Promise<void> {
  const nth = Math.ceil(between(strike.random, 0, COMMIT_WRITES));
  return killWithin(strike, { path: `${strike.agent.databasePath}-wal`, nth, ms: MOMENT_MS });
}

/** Kills while the log's pages are copied into the database: some of them are. */
function killInCheckpoint(strike: Strike): Promise<void> {
  const nth = Math.ceil(between(strike.random, 0, CHECKPOINT_WRITES));
  return killWithin(strike, { path: strike.agent.databasePath, nth, ms: CHECKPOINT_MOMENT_MS });
}

function killWithin(
  strike: Strike,
  { path, nth, ms }: { path: string; nth: number; ms: number },
): Promise<void> {
  const signal = AbortSignal.any([strike.signal, AbortSignal.timeout(ms)]);
  const { agent } = strike;
  return killAt(
    strike,
    () => agent.process.killedBy((pid) => killAtWrite(pid, { path, nth, signal })),
  );
}

/** Kills just after a write to the database's log. */
function killAfterCommit(strike: Strike): Promise<void> {
  const { agent, signal } = strike;
  const modifiedAt = () => modifiedAtOf(`${agent.databasePath}-wal`);
  return killAt(strike, async () => {
    const before = modifiedAt();
    const deadline = performance.now() + MOMENT_MS;
    while (modifiedAt() === before) {
      if (performance.now() > deadline || signal.aborted) return false;
      await pause(LOOK_INTERVAL_MS, signal);
    }
    agent.process.signal("SIGKILL");
    return true;
  });
}

/** Kills in place of passing on a request with events, or the answer to one. */
function killAtBytes(strike: Strike, direction: Direction): Promise<void> {
  const { agent } = strike;
  const signal = AbortSignal.any([strike.signal, AbortSignal.timeout(MOMENT_MS)]);
  return killAt(
    strike,
    () => agent.relay.instead(direction, () => agent.process.signal("SIGKILL"), signal),
  );
}

/** Kills within 50 ms of a start. */
async function killAtStart(strike: Strike): Promise<void> {
  const { agent, random, signal } = strike;
  agent.process.signal("SIGKILL");
  await agent.process.nextStart();
  await pause(between(random, 0, 50), signal);
  await kill(strike);
}

function modifiedAtOf(path: string): number | undefined {
  try {
    return Deno.statSync(path).mtime?.getTime();
  } catch {
    return undefined;
  }
}
