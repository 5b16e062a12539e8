/**
 * `module`: what the server has modules do. `enable-module`, `disable-module` and `scan-module` are three of its operations under the
 * names that they had first.
 *
 * @module
 */

import * as z from "zod";
import { AgentError } from "../../../shared/errors.ts";
import type { CommandResult } from "../../../shared/protocol/commands.ts";
import { MAX_TERM_MS } from "../../../shared/protocol/local_api.ts";
import type { ExecutionContext, Executor } from "../types.ts";

const name = namePart("must be the name of a module");
const operations = ["enable", "disable", "scan", "pause", "resume", "resync"] as const;

const nameArgs = z.strictObject({ name });
const moduleArgs = z.strictObject({
  name,
  operation: z.enum(operations, { error: `must be one of ${operations.join(", ")}` }),
  collector: namePart("must be the name of a collector").optional(),
  for_s: z.int({ error: "must be a whole number of seconds" })
    .min(1, { error: "must be 1 or more" })
    .max(MAX_TERM_MS / 1_000, { error: "must be a year at most" }).optional(),
  wait: z.boolean({ error: "must be true or false" }).optional(),
})
  .refine(
    ({ operation, collector, wait }) =>
      operation === "scan" || (collector === undefined && wait === undefined),
    {
      error: "collector and wait go with the operation scan only",
    },
  )
  .refine(
    ({ operation, for_s }) =>
      operation === "enable" || operation === "disable" || for_s === undefined,
    {
      error: "for_s goes with the operations enable and disable only",
    },
  );

type ModuleArgs = z.output<typeof moduleArgs>;
type NameArgs = z.output<typeof nameArgs>;

/** What the executors need of the agent. */
export interface ModuleSwitch {
  /** Keeps the server's word on a module, for so many milliseconds or until it is reset, and puts it in force. */
  switch(name: string, enabled: boolean, forMs?: number): Promise<void>;
  /** Resolves when the scan is over, or has begun. */
  scan(
    name: string,
    signal: AbortSignal,
    wish?: { collector?: string | undefined; wait?: boolean | undefined },
  ): Promise<unknown>;
  /** Has a module rest. */
  pause(name: string, by: "server"): Promise<unknown>;
  /** Has it go on. */
  resume(name: string, by: "server"): Promise<unknown>;
  /** Has its documents compared with those of the server soon. */
  resync(name: string): { collectors: string[] };
}

/** The executors that have modules do something. */
export function moduleOrderExecutors(modules: ModuleSwitch): Executor[] {
  const single = (operation: ModuleArgs["operation"]) =>
    executor<NameArgs>(
      `${operation}-module`,
      nameArgs,
      ({ name }, context) => carryOut(modules, { name, operation }, context),
    );
  const whole = executor<ModuleArgs>(
    "module",
    moduleArgs,
    (args, context) => carryOut(modules, args, context),
  );
  return [whole, single("enable"), single("disable"), single("scan")];
}

/** What was done, in words. */
async function carryOut(
  modules: ModuleSwitch,
  { name, operation, collector, for_s, wait }: ModuleArgs,
  { signal }: ExecutionContext,
): Promise<string> {
  switch (operation) {
    case "enable":
    case "disable":
      await modules.switch(name, operation === "enable", for_s && for_s * 1_000);
      return `${name} is ${operation}d${for_s === undefined ? "" : ` for ${for_s} s`}`;
    case "scan":
      await modules.scan(name, signal, { collector, wait });
      return `${name}${collector === undefined ? "" : `/${collector}`} ` +
        (wait === false ? "has begun to scan" : "has scanned");
    case "pause":
      await modules.pause(name, "server");
      return `${name} is paused`;
    case "resume":
      await modules.resume(name, "server");
      return `${name} goes on`;
    case "resync":
      return `compared with the server soon: ${modules.resync(name).collectors.join(", ")}`;
  }
}

function executor<Args>(
  action: string,
  args: z.ZodType<Args>,
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

function namePart(error: string) {
  return z.string({ error }).min(1, { error }).max(100, { error });
}
