/**
 * Running Deno, and the executables that it made.
 *
 * @module
 */

/** How a program ended. */
export interface Ended {
  success: boolean;
  stdout: string;
  /** Without the backtrace that Deno adds to its errors. */
  stderr: string;
}

/** Runs `program` to its end and keeps what it wrote; `env` is added to the environment of this process. */
export async function runToEnd(
  program: string,
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<Ended> {
  const command = new Deno.Command(program, {
    args: [...args],
    env: { NO_COLOR: "1", ...env },
    stdin: "null",
  });
  const { success, stdout, stderr } = await command.output();
  const text = new TextDecoder();
  return {
    success,
    stdout: text.decode(stdout).trim(),
    stderr: text.decode(stderr).replace(/\n+Stack backtrace:[\s\S]*/, "").trim(),
  };
}

/**
 * Runs Deno. It asks nobody for updates, and trusts the authorities of the machine beside its own list when it fetches
 * packages, as a company's proxy needs it.
 */
export function runDeno(
  deno: string,
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<Ended> {
  return runToEnd(deno, args, {
    DENO_NO_UPDATE_CHECK: "1",
    DENO_TLS_CA_STORE: Deno.env.get("DENO_TLS_CA_STORE") ?? "system,mozilla",
    ...env,
  });
}
