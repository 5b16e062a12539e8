import { currentPlatform } from "../../../../shared/config/platform.ts";
import { moduleOptions } from "../../../config/schema.ts";
import { optionsDigest, runCheck } from "../../../modules/checks.ts";
import type { Module } from "../../../modules/module.ts";
import { AgentError } from "../../../../shared/errors.ts";
import type { Check } from "../../../modules/check.ts";
import type { DoctorCheck, Finding } from "../check.ts";
import type { DoctorContext } from "../context.ts";

/** A share on a network may hang; each check has this long. */
const LIMIT_MS = 10_000;

/**
 * The checks that modules bring themselves, as `modules.<module>.<check>`. The running agent makes them: its service may read what
 * whoever asks may not.
 */
export function moduleChecks(modules: readonly Module[]): DoctorCheck[] {
  return modules.flatMap((module) =>
    (module.checks?.() ?? []).map((check): DoctorCheck => ({
      id: `modules.${module.name}.${check.id}`,
      group: "modules",
      needs: ["config.loads"],
      run: async (context) => {
        const config = await context.config();
        const options = moduleOptions(config, module.name);
        const where = { platform: currentPlatform(), dataFolder: config.agent.path.data };
        const signal = AbortSignal.any([context.options.signal, AbortSignal.timeout(LIMIT_MS)]);
        return await saidByAgent(context, { module, check, options, signal }) ??
          await runCheck(module, check, { options, ...where, signal });
      },
    }))
  );
}

/** A check of a module, with the options that the configuration gives. */
interface Asked {
  module: Module;
  check: Check<never>;
  options: { enabled: boolean };
  signal: AbortSignal;
}

/** `undefined` when no agent runs, or one with other options or that does not know the check. */
async function saidByAgent(
  context: DoctorContext,
  { module, check, options, signal }: Asked,
): Promise<Finding | undefined> {
  if (await context.running().catch(() => undefined) === undefined) return undefined;
  try {
    const said = await context.askAgent((client) =>
      client.checkModule(module.name, check.id, signal)
    );
    const { options: looked, ...finding } = said;
    return looked === optionsDigest(options) ? finding : undefined;
  } catch (error) {
    if (error instanceof AgentError) return undefined;
    throw error;
  }
}
