/**
 * Whether the system allows as many connections as a swarm opens.
 *
 * @module
 */

import { openFileLimit } from "./process_usage.ts";
import { CONNECTIONS_PER_AGENT } from "./simulated_agent.ts";

/** Files and connections that a process has open besides those of the agents. */
const OTHERS = 200;

/**
 * Looks at the limits of this process and of the manager.
 *
 * @param managerPid `undefined` for a manager that is out of reach
 * @throws Error saying what to do when one of them is too low
 */
export async function assertEnoughFiles(
  agents: number,
  managerPid: number | undefined,
): Promise<void> {
  const needed = agents * CONNECTIONS_PER_AGENT + OTHERS;
  const pids = managerPid === undefined ? [Deno.pid] : [Deno.pid, managerPid];
  for (const pid of pids) {
    const limit = await openFileLimit(pid) ?? Infinity;
    if (limit >= needed) continue;
    throw new Error(
      `${agents} agents need ${needed} open files in a process, the limit is ${limit}. ` +
        `Try: ulimit -n ${needed}, or fewer --agents`,
    );
  }
}
