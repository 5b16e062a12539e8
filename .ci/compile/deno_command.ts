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

/**
 * Starts a program and stops it once it has written a line, or when `signal` is aborted. Variables that are meant for
 * the agent or the manager of this machine do not reach it.
 *
 * @param command the program and its arguments
 */
export async function firstLine(
  [program = "", ...args]: readonly string[],
  signal: AbortSignal,
): Promise<{ line: string; stderr: string }> {
  const variables = Object.entries(Deno.env.toObject());
  const child = new Deno.Command(program, {
    args,
    clearEnv: true,
    env: Object.fromEntries(variables.filter(([name]) => !/^(AGENT|MANAGER)_/.test(name))),
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
    signal,
  }).spawn();
  const stderr = new Response(child.stderr).text();
  let line = "";
  for await (const part of child.stdout.pipeThrough(new TextDecoderStream())) {
    line += part;
    if (line.includes("\n")) break;
  }
  stop(child);
  await child.status;
  return { line: line.trim(), stderr: (await stderr).trim() };
}

function stop(child: Deno.ChildProcess): void {
  try {
    child.kill();
  } catch {
    // It has ended by itself.
  }
}
