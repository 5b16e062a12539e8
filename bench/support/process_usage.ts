/**
 * What a process has used, as Linux tells it under `/proc/<pid>` (proc(5)). What reads it throws
 * when the process is gone, or another user's.
 *
 * @module
 */

import process from "node:process";

/** `/proc/<pid>/stat` counts in these whatever the kernel's own tick is (`USER_HZ`). */
const TICKS_PER_SECOND = 100;
/** Fields 14 to 17 of `stat`: user and system time, of the process and of its children that ended. */
const CPU_FIELDS = [14, 17] as const;
/** The fields after the command begin with number 3. */
const FIRST_FIELD = 3;

/** What a process has used since its start. */
export interface Usage {
  cpu_s: number;
  /** Bytes that went to the storage layer. */
  disk_written_bytes: number;
  /** Bytes given to `write` and its kin, sockets included. */
  written_bytes: number;
  peak_resident_bytes: number;
}

/** The memory of a process now. */
export interface Memory {
  resident_bytes: number;
  /** Resident, with shared pages divided among those who share them. */
  proportional_bytes: number;
  /** Resident and nobody else's. */
  private_bytes: number;
}

/** CPU seconds in the text of `/proc/<pid>/stat`, children that ended included. */
export function parseCpuSeconds(stat: string): number {
  // The command stands in parentheses and may itself hold spaces and parentheses.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const [first, last] = CPU_FIELDS;
  const ticks = fields.slice(first - FIRST_FIELD, last - FIRST_FIELD + 1).map(Number);
  return ticks.reduce((sum, value) => sum + value, 0) / TICKS_PER_SECOND;
}

/** The numbers in lines such as `VmHWM:  1024 kB`, by name; kilobytes become bytes. */
export function parseFields(text: string): Map<string, number> {
  const fields = new Map<string, number>();
  for (const [, name = "", value, unit] of text.matchAll(/^(\w+):\s+(\d+)( kB)?$/gm)) {
    fields.set(name, Number(value) * (unit === undefined ? 1 : 1024));
  }
  return fields;
}

/** Reads what process `pid` has used. */
export function readUsage(pid: number): Usage {
  const io = fieldsOf(pid, "io");
  return {
    cpu_s: readCpuSeconds(pid),
    disk_written_bytes: numberIn(io, "write_bytes"),
    written_bytes: numberIn(io, "wchar"),
    peak_resident_bytes: readPeakResident(pid),
  };
}

/** Reads the processor time of process `pid`, in seconds. */
export function readCpuSeconds(pid: number): number {
  return parseCpuSeconds(procText(pid, "stat"));
}

/** Processor time of this process, all its threads, in milliseconds; finer than `/proc` has it. */
export function ownCpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
}

/** Reads the bytes that process `pid` gave to the storage layer. */
export function readDiskWritten(pid: number): number {
  return numberIn(fieldsOf(pid, "io"), "write_bytes");
}

/** Reads how much of process `pid` is in memory, in bytes. */
export function readResident(pid: number): number {
  return numberIn(fieldsOf(pid, "status"), "VmRSS");
}

/** Reads the most of process `pid` that has been in memory, in bytes. */
export function readPeakResident(pid: number): number {
  return numberIn(fieldsOf(pid, "status"), "VmHWM");
}

/** Reads the memory of process `pid` page by page: it stops the process for some milliseconds. */
export function readMemory(pid: number): Memory {
  const rollup = fieldsOf(pid, "smaps_rollup");
  return {
    resident_bytes: numberIn(rollup, "Rss"),
    proportional_bytes: numberIn(rollup, "Pss"),
    private_bytes: numberIn(rollup, "Private_Clean") + numberIn(rollup, "Private_Dirty"),
  };
}

/** How many files and connections process `pid` may have open; `Infinity` for any number. */
export function readOpenFileLimit(pid: number): number {
  const limit = /^Max open files\s+(\d+|unlimited)/m.exec(procText(pid, "limits"))?.[1];
  return limit === "unlimited" ? Infinity : Number(limit);
}

/**
 * How often the threads of process `pid` that live now were put on a processor: its wake-ups. Only
 * for programs that may do everything.
 */
export function readContextSwitches(pid: number): number {
  let switches = 0;
  for (const { name } of Deno.readDirSync(`/proc/${pid}/task`)) {
    const thread = fieldsOf(pid, `task/${name}/status`);
    switches += numberIn(thread, "voluntary_ctxt_switches");
    switches += numberIn(thread, "nonvoluntary_ctxt_switches");
  }
  return switches;
}

function fieldsOf(pid: number, file: string): Map<string, number> {
  return parseFields(procText(pid, file));
}

/** By `cat` in programs that may not do everything: Deno lets only the others read below `/proc`. */
function procText(pid: number, file: string): string {
  const path = `/proc/${pid}/${file}`;
  try {
    return Deno.readTextFileSync(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotCapable)) throw error;
  }
  const { success, stdout } = new Deno.Command("cat", { args: [path] }).outputSync();
  if (!success) throw new Error(`Cannot read "${path}"`);
  return new TextDecoder().decode(stdout);
}

function numberIn(fields: Map<string, number>, name: string): number {
  const value = fields.get(name);
  if (value === undefined) throw new Error(`The kernel does not tell ${name}`);
  return value;
}
