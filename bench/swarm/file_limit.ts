/**
 * Whether the system allows as many connections as a swarm opens.
 *
 * @module
 */

import { readOpenFileLimit } from "../support/process_usage.ts";
import { CONNECTIONS_PER_AGENT } from "./simulated_agent.ts";

/** Files and connections that a process has open besides those of the agents. */
const OTHERS = 200;

/**
 * Looks at the limits of this process and of the manager; elsewhere than on Linux it can't.
 *
 * @param managerPid `undefined` for a manager that is out of reach
 * @throws Error saying what to do when one of them is too low
 */
export function assertEnoughFiles(agents: number, managerPid: number | undefined): void {
  if (Deno.build.os !== "linux") return;
  const needed = agents * CONNECTIONS_PER_AGENT + OTHERS;
  const pids = managerPid === undefined ? [Deno.pid] : [Deno.pid, managerPid];
  for (const pid of pids) {
    const limit = readOpenFileLimit(pid);
    if (limit >= needed) continue;
    throw new Error(
      `${agents} agents need ${needed} open files in a process, the limit is ${limit}. ` +
        `Try: ulimit -n ${needed}, or fewer --agents`,
    );
  }
}
