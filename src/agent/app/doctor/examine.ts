/**
 * Everything `agent doctor` looks at, in one report.
 *
 * @module
 */

import { MODULES } from "../../modules/modules.ts";
import type { CheckResult, DoctorReport } from "./check.ts";
import { listChecks } from "./check_list.ts";
import { DoctorContext, type DoctorOptions } from "./context.ts";
import { onlyGroups, runChecks } from "./run_checks.ts";

/** What is looked at. */
interface Examination extends DoctorOptions {
  /** Leaves out what needs a network. */
  isOffline: boolean;
  /** Only these groups, and what their checks need. @default all */
  groups?: readonly string[] | undefined;
  onResult?: (result: CheckResult) => void;
}

/**
 * Makes all checks.
 *
 * @throws the signal's reason once that is aborted
 */
export async function examine(
  { isOffline, groups, onResult, ...options }: Examination,
): Promise<DoctorReport> {
  using context = new DoctorContext(options);
  const serverUrls = await context.config().then(urlsIn, () => ["https://localhost"]);
  const all = listChecks({ serverUrls, modules: MODULES, isOffline });
  const { clock, signal } = options;
  const at = new Date(clock.now()).toISOString();
  const checks = await runChecks(groups === undefined ? all : onlyGroups(all, groups), context, {
    clock,
    signal,
    ...(onResult !== undefined && { onResult }),
  });
  const running = await context.running().then((status) => status !== undefined, () => null);
  return { schema: 1, ok: checks.every(({ status }) => status !== "fail"), running, at, checks };
}

function urlsIn({ agent }: { agent: { server_url: string } }): string[] {
  return agent.server_url.split(",").map((url) => url.trim().replace(/\/+$/, ""));
}
