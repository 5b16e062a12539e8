/**
 * Whether a version can be run at all, asked before the agent makes room for it: it has to say its version, and to take the
 * configuration of this machine.
 *
 * @module
 */

import { TimeLimit } from "../../shared/time_limit.ts";
import type { Clock } from "../../shared/clock.ts";
import { messageOf } from "../../shared/errors.ts";
import { oneLine } from "../../shared/text.ts";
import { runProgram } from "../process/process_group.ts";
import { UpgradeRefusal } from "./refusal.ts";

/** How programs are run here. */
export interface PreflightOptions {
  /** All variables of their environment. */
  env: Record<string, string>;
  /** What follows `agent run` in this process: where the configuration is. */
  runArgs: readonly string[];
  /** Of each, in milliseconds. */
  limitMs: number;
  clock: Clock;
  signal: AbortSignal;
}

/** So much of what a program writes is told. */
const SHOWN_CHARACTERS = 300;
const MOST_OUTPUT_BYTES = 16_384;

/**
 * Runs `--version` and `config check` of the executable at `program`.
 *
 * @throws {UpgradeRefusal} `does_not_run`, `wrong_version`, `refuses_configuration`
 * @throws the signal's reason
 */
export async function requireRunnable(
  program: string,
  version: string,
  options: PreflightOptions,
): Promise<void> {
  const told = await run(program, ["--version"], options);
  if (told.code !== 0) {
    throw new UpgradeRefusal("does_not_run", `${version} does not start: ${told.said}`, {
      blames: true,
    });
  }
  if (told.stdout.trim() !== version) {
    const shown = oneLine(told.stdout.trim(), 100);
    throw new UpgradeRefusal(
      "wrong_version",
      `what is signed as ${version} calls itself ${shown}`,
      {
        blames: true,
      },
    );
  }
  const checked = await run(program, ["config", "check", ...options.runArgs], options);
  if (checked.code === 0) return;
  const said = `${version} refuses the configuration of this machine: ${checked.said}`;
  throw new UpgradeRefusal("refuses_configuration", said, { blames: true });
}

async function run(
  path: string,
  args: readonly string[],
  { env, limitMs, clock, signal }: PreflightOptions,
): Promise<{ code: number; stdout: string; said: string }> {
  using limit = new TimeLimit(limitMs, { clock, signal });
  try {
    const ended = await runProgram({
      path,
      arguments: args,
      env: { ...env, NO_COLOR: "1" },
      cwd: Deno.cwd(),
      maxOutputBytes: MOST_OUTPUT_BYTES,
      clock,
      signal: limit.signal,
    });
    const { exit_status: code, stdout, stderr } = ended;
    const how = ended.signal ?? `status ${code}`;
    return { code, stdout, said: oneLine(`${how} ${stderr || stdout}`.trim(), SHOWN_CHARACTERS) };
  } catch (error) {
    signal.throwIfAborted();
    const said = limit.isUp ? `it takes longer than ${limitMs / 1_000} s` : messageOf(error);
    return { code: -1, stdout: "", said };
  }
}
