/**
 * `enable-module`, `disable-module` and `scan-module`: what the server has modules do.
 *
 * @module
 */

import * as z from "zod";
import { AgentError } from "../../../shared/errors.ts";
import type { CommandResult } from "../../../shared/protocol/commands.ts";
import type { ExecutionContext, Executor } from "../types.ts";

const name = "must be the name of a module";
const args = z.strictObject({ name: z.string({ error: name }).min(1, { error: name }).max(100) });

type Args = z.output<typeof args>;

/** What the executors need of the agent. */
export interface ModuleSwitch {
  /** Keeps the server's word on a module and puts it in force. */
  switch(name: string, enabled: boolean): Promise<void>;
  /** Resolves when the scan is over. */
  scan(name: string, signal: AbortSignal): Promise<unknown>;
}

/** The executors that have modules do something. */
export function moduleOrderExecutors(modules: ModuleSwitch): Executor<Args>[] {
  return [
    executor("enable-module", async ({ name }) => {
      await modules.switch(name, true);
      return `${name} is enabled`;
    }),
    executor("disable-module", async ({ name }) => {
      await modules.switch(name, false);
      return `${name} is disabled`;
    }),
    executor("scan-module", async ({ name }, { signal }) => {
      await modules.scan(name, signal);
      return `${name} has scanned`;
    }),
  ];
}

function executor(
  action: string,
  run: (args: Args, context: ExecutionContext) => Promise<string>,
): Executor<Args> {
  return {
    action,
    args,
    async execute(given, context): Promise<CommandResult> {
      try {
        return { code: 0, message: await run(given, context) };
      } catch (error) {
        // Nobody sees hints at the server unless they are part of the message.
        if (!(error instanceof AgentError) || error.hint === undefined) throw error;
        return { code: 1, message: `${error.message} (${error.hint})` };
      }
    },
  };
}
