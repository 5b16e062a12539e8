/**
 * What another process uses, as proc(5) tells it. Nothing elsewhere than on Linux.
 *
 * @module
 */

/** What a process uses. */
export interface ProcessUsage {
  /** Resident memory in bytes. */
  memoryBytes: number;
  /** User and system time of all its threads so far, in milliseconds. */
  cpuMs: number;
}

// A clock tick of proc(5) is 10 ms on every architecture that Deno runs on.
const TICK_MS = 10;

/** What process `pid` uses now; `undefined` when that can't be told. */
export async function usageOf(pid: number): Promise<ProcessUsage | undefined> {
  const [stat, status] = await Promise.all([procFile(pid, "stat"), procFile(pid, "status")]);
  if (stat === undefined || status === undefined) return undefined;
  // The second field is the program's name in parentheses, which may have spaces.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const [userTicks, systemTicks] = [fields[11], fields[12]];
  return {
    memoryBytes: Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1]) * 1_024,
    cpuMs: (Number(userTicks) + Number(systemTicks)) * TICK_MS,
  };
}

/** How many files and connections process `pid` may have open; `undefined` when that can't be told. */
export async function openFileLimit(pid: number): Promise<number | undefined> {
  const limit = /^Max open files\s+(\d+|unlimited)/m.exec(await procFile(pid, "limits") ?? "")?.[1];
  if (limit === undefined) return undefined;
  return limit === "unlimited" ? Infinity : Number(limit);
}

/** By `cat`: Deno reads below `/proc` only for programs that may do everything. */
async function procFile(pid: number, name: string): Promise<string | undefined> {
  if (Deno.build.os !== "linux") return undefined;
  const { success, stdout } = await new Deno.Command("cat", {
    args: [`/proc/${pid}/${name}`],
    stderr: "null",
  }).output();
  return success ? new TextDecoder().decode(stdout) : undefined;
}
