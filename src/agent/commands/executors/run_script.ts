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
import type { ExecutionContext, Executor } from "../types.ts";
import { endText } from "../../process/process_group.ts";
import type { Scripts } from "../../process/scripts.ts";
import { byteLength } from "../../../shared/text.ts";
import type { CommandResult } from "../../../shared/protocol/commands.ts";

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
  scripts: Pick<Scripts, "whyNot" | "run">;
  /** Whether the configuration in force allows scripts. */
  isEnabled(): boolean;
}

/** Runs scripts out of `active-response/bin`; their exit status and output are the result. */
export class RunScriptExecutor implements Executor<z.output<typeof args>> {
  readonly action = "run-script";
  readonly args = args;
  readonly #deps: RunScriptDeps;

  constructor(deps: RunScriptDeps) {
    this.#deps = deps;
  }

  async execute(
    { name, arguments: list, input }: z.output<typeof args>,
    { signal }: ExecutionContext,
  ): Promise<CommandResult> {
    const { scripts, isEnabled } = this.#deps;
    // Asked for each: turned off, nothing may run from that moment on.
    if (!isEnabled()) return failure("active response is off: set active_response.enabled: true");
    const why = await scripts.whyNot();
    if (why !== undefined) return failure(why);
    const result = await scripts.run(name, {
      arguments: list,
      ...(input !== undefined && { input: `${JSON.stringify(input)}\n` }),
      signal,
    });
    return {
      code: result.exit_status === 0 ? 0 : 1,
      message: endText(result),
      data: JSON.stringify(result),
    };
  }
}

function failure(message: string): CommandResult {
  return { code: 1, message };
}
