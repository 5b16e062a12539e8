/**
 * Which signals a process has taken for itself.
 *
 * @module
 */

/** Whether the process catches the signal of this number by now; true where nobody can tell (no `/proc`), false once it is gone. */
export function catches(pid: number, signal: number): boolean {
  return Deno.build.os !== "linux" || isIn("SigCgt", pid, signal);
}

/** Whether the signal of this number has been sent to the process, which has not got it yet: as long as it is held still. */
export function awaits(pid: number, signal: number): boolean {
  return isIn("ShdPnd", pid, signal);
}

function isIn(set: "SigCgt" | "ShdPnd", pid: number, signal: number): boolean {
  const mask = new RegExp(`^${set}:\\s*(\\w+)$`, "m").exec(readProc(`${pid}/status`))?.[1];
  return mask !== undefined && (BigInt(`0x${mask}`) >> BigInt(signal - 1) & 1n) === 1n;
}

/** A file below `/proc`; Deno itself opens nothing there for a process without all permissions. */
export function readProc(name: string): string {
  const { stdout } = new Deno.Command("cat", { args: [`/proc/${name}`], stderr: "null" })
    .outputSync();
  return new TextDecoder().decode(stdout);
}
