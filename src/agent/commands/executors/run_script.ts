/**
 * `run-script`, the active response: runs one executable of this machine, chosen by its name.
 *
 * The server chooses among what the owner of the machine has put there, and only when the owner has
 * turned it on; it brings no program of its own. A script gets its arguments as they are, without a
 * shell, JSON on standard input, and an environment that holds nothing of the agent's.
 *
 * @module
 */

import * as z from "zod";
import type { Clock } from "../../../shared/clock.ts";
import type { ExecutionContext, Executor } from "../types.ts";
import { mayRun } from "../../process/drop_permissions.ts";
import { runProgram } from "../../process/process_group.ts";
import { byteLength } from "../../../shared/text.ts";
import { removeCopies, takeScript } from "./script_file.ts";
import type { CommandResult } from "../../../shared/protocol/commands.ts";

/** Most bytes of each output in a result. */
const MAX_OUTPUT_BYTES = 64 * 1024;
const MAX_INPUT_BYTES = 64 * 1024;
const MAX_ARGUMENTS = 64;
const MAX_ARGUMENT_BYTES = 4 * 1024;

const name = "must be the name of a file: 1 to 128 letters, digits and ._- without a dot in front";
const list = `must be a list of at most ${MAX_ARGUMENTS} texts`;
const argument = `must be a text of at most ${MAX_ARGUMENT_BYTES} bytes without a zero character`;

const args = z.strictObject({
  name: z.string({ error: name }).regex(/^(?!\.)[A-Za-z0-9._-]{1,128}$/, { error: name }),
  arguments: z.array(
    z.string({ error: argument }).refine(
      (text) => !text.includes("\0") && byteLength(text) <= MAX_ARGUMENT_BYTES,
      { error: argument },
    ),
    { error: list },
  ).max(MAX_ARGUMENTS, { error: list }).default([]),
  input: z.json({ error: "must be JSON" }).optional().refine(
    (input) => input === undefined || byteLength(JSON.stringify(input)) <= MAX_INPUT_BYTES,
    { error: `must be JSON of at most ${MAX_INPUT_BYTES} bytes` },
  ),
});

/** What a {@linkcode RunScriptExecutor} is built with. */
interface RunScriptDeps {
  dataFolder: string;
  /** Whether the configuration in force allows scripts. */
  isEnabled(): boolean;
  /** Whether this process may start programs still. @default what the runtime says */
  mayRun?: () => Promise<boolean>;
  clock: Clock;
}

/** Runs scripts out of `active-response/bin`; their exit status and output are the result. */
export class RunScriptExecutor implements Executor<z.output<typeof args>> {
  readonly action = "run-script";
  readonly args = args;
  readonly #deps: Required<RunScriptDeps>;
  /** Scripts that run now. */
  #running = 0;

  constructor(deps: RunScriptDeps) {
    this.#deps = { mayRun, ...deps };
  }

  async execute(
    { name, arguments: list, input }: z.output<typeof args>,
    { signal }: ExecutionContext,
  ): Promise<CommandResult> {
    // Asked for each: turned off, nothing may run from that moment on.
    if (!this.#deps.isEnabled()) {
      return failure("active response is off: set active_response.enabled: true");
    }
    if (!await this.#deps.mayRun()) {
      return failure(
        "active response was off when the agent started, which then gave back the right to start programs: restart it",
      );
    }
    if (Deno.build.os === "windows") return failure("run-script does not work on Windows");
    // While one runs, a copy may be its own.
    if (this.#running === 0) removeCopies(this.#deps.dataFolder);
    this.#running += 1;
    try {
      return await this.#run(name, {
        arguments: list,
        ...(input !== undefined && { input: `${JSON.stringify(input)}\n` }),
        signal,
      });
    } finally {
      this.#running -= 1;
    }
  }

  async #run(
    name: string,
    given: { arguments: string[]; input?: string; signal: AbortSignal },
  ): Promise<CommandResult> {
    const { dataFolder, clock } = this.#deps;
    using script = takeScript(dataFolder, name);
    const { path } = script;
    const result = await runProgram({ ...given, path, maxOutputBytes: MAX_OUTPUT_BYTES, clock });
    return {
      code: result.exit_status === 0 ? 0 : 1,
      message: result.signal === null
        ? `exit status ${result.exit_status}`
        : `ended by ${result.signal}`,
      data: JSON.stringify(result),
    };
  }
}

function failure(message: string): CommandResult {
  return { code: 1, message };
}
