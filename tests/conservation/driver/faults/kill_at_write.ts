/**
 * A SIGKILL in the middle of what a process writes to one file: `strace` puts it into the n-th write.
 *
 * @module
 */

/** Why it cannot be done on this machine; `undefined` when it can. */
export function killAtWriteImpossible(): string | undefined {
  if (Deno.build.os !== "linux") return "there is no strace on this system";
  try {
    const { success } = new Deno.Command("strace", { args: ["-qq", "-o", "/dev/null", "true"] })
      .outputSync();
    return success ? undefined : "strace may not be used here";
  } catch {
    return "strace is not installed";
  }
}

/** Which write kills. */
export interface WriteToKillAt {
  path: string;
  /** The n-th of them from now on, from 1 on; what it would have written is not. */
  nth: number;
  /** Gives up. */
  signal: AbortSignal;
}

/** Resolves with true once the process was killed by its write, with false when the signal came first. */
export async function killAtWrite(
  pid: number,
  { path, nth, signal }: WriteToKillAt,
): Promise<boolean> {
  const tracer = new Deno.Command("strace", {
    args: [
      ...["-f", "-q", "-p", String(pid), "-o", "/dev/stdout", "-P", path],
      ...["-e", "trace=pwrite64,write", "-e", `inject=pwrite64,write:signal=SIGKILL:when=${nth}`],
    ],
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const giveUp = () => tracer.kill("SIGTERM");
  signal.addEventListener("abort", giveUp, { once: true });
  if (signal.aborted) giveUp();
  const { stdout } = await tracer.output();
  signal.removeEventListener("abort", giveUp);
  return new TextDecoder().decode(stdout).includes("killed by SIGKILL");
}
