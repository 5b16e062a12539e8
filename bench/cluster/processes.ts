/**
 * What processes use, as Linux tells of them.
 *
 * @module
 */

/** A tick of the kernel's account of processor time. */
const TICK_MS = 10;

/** Processor time that a process has used, in milliseconds. */
export function processorMs(pid: number | undefined): number {
  const stat = Deno.readTextFileSync(`/proc/${pid}/stat`);
  // The name in brackets may have spaces; user and system time are the 14th and 15th field.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
}

/** Its resident memory, in bytes. */
export function residentBytes(pid: number | undefined): number {
  const status = Deno.readTextFileSync(`/proc/${pid}/status`);
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) * 1_024;
}
