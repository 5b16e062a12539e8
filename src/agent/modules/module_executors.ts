/**
 * The commands that modules run.
 *
 * @module
 */

import type { Executor } from "../commands/types.ts";
import type { AnyOptions, ModuleRun } from "./module_run.ts";

/** The executors of all modules; those of a disabled one answer with a failure. */
export function moduleExecutors(runs: readonly ModuleRun[]): Executor[] {
  return runs.flatMap((run) => {
    const options = () => run.options as AnyOptions & Record<string, never>;
    const executors = run.module.executors?.(options, run.context) ?? [];
    return executors.map((executor) => whileEnabled(executor, run));
  });
}

function whileEnabled<Args>(executor: Executor<Args>, run: ModuleRun): Executor<Args> {
  const { action, args, resultAfterRestart } = executor;
  return {
    action,
    args,
    ...(resultAfterRestart !== undefined && { resultAfterRestart }),
    async execute(given, context) {
      if (run.options.enabled) return await executor.execute(given, context);
      return { code: 1, message: `module ${run.module.name} is disabled` };
    },
  };
}
