/**
 * Which signals a process has taken for itself.
 *
 * @module
 */

/** Whether the process catches the signal of this number by now; true where nobody can tell (no `/proc`), false once it is gone. */
export function catches(pid: number, signal: number): boolean {
  if (Deno.build.os !== "linux") return true;
  const mask = /^SigCgt:\s*(\w+)$/m.exec(readProc(`${pid}/status`))?.[1];
  return mask !== undefined && (BigInt(`0x${mask}`) >> BigInt(signal - 1) & 1n) === 1n;
}

/** A file below `/proc`; Deno itself opens nothing there for a process without all permissions. */
export function readProc(name: string): string {
  const { stdout } = new Deno.Command("cat", { args: [`/proc/${name}`], stderr: "null" })
    .outputSync();
  return new TextDecoder().decode(stdout);
}
