import { currentPlatform } from "../../../../shared/config/platform.ts";
import { moduleOptions } from "../../../config/schema.ts";
import { runCheck } from "../../../modules/checks.ts";
import type { Module } from "../../../modules/module.ts";
import type { DoctorCheck } from "../check.ts";

/** A share on a network may hang; each check has this long. */
const LIMIT_MS = 10_000;

/** The checks that modules bring themselves, as `modules.<module>.<check>`. */
export function moduleChecks(modules: readonly Module[]): DoctorCheck[] {
  return modules.flatMap((module) =>
    (module.checks?.() ?? []).map((check): DoctorCheck => ({
      id: `modules.${module.name}.${check.id}`,
      group: "modules",
      needs: ["config.loads"],
      run: async (context) =>
        await runCheck(module, check, {
          options: moduleOptions(await context.config(), module.name),
          platform: currentPlatform(),
          signal: AbortSignal.any([context.options.signal, AbortSignal.timeout(LIMIT_MS)]),
        }),
    }))
  );
}
