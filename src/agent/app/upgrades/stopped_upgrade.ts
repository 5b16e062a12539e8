/**
 * Upgrading an agent that does not run: the version is put in place for the next start. There is nothing that it could be compared
 * with, so there is no trial.
 *
 * @module
 */

import { systemClock } from "../../../shared/clock.ts";
import type { UpgradeRequest } from "../../../shared/protocol/local_api.ts";
import type { UpgradeResult } from "../../../shared/protocol/status_document.ts";
import { VERSION } from "../../../shared/version.ts";
import type { AgentConfig } from "../../config/schema.ts";
import { lockDataFolder } from "../../identity/data_folder_lock.ts";
import { databaseSchema } from "../../queue/schema.ts";
import { mayRun } from "../../process/drop_permissions.ts";
import { releaseInFiles } from "../../upgrade/file_source.ts";
import { UpgradeRefusal } from "../../upgrade/refusal.ts";
import { shownOutcome } from "../../upgrade/report.ts";
import { outcomeOf } from "../../upgrade/trial_plan.ts";
import type { ReleaseSource } from "../../upgrade/upgrade_wish.ts";
import { Upgrader } from "../../upgrade/upgrader.ts";
import { createBackoff } from "../server/server_link.ts";
import { upgradeHost } from "./upgrade_host.ts";

/** Who asks, and where. */
interface StoppedOptions {
  env: Readonly<Record<string, string | undefined>>;
  signal: AbortSignal;
}

/** Puts a release in place; only one in files. @throws {AgentError} `data_folder_locked` when an agent runs after all */
export async function upgradeStopped(
  config: AgentConfig,
  { request, ...options }: StoppedOptions & { request: UpgradeRequest },
): Promise<UpgradeResult> {
  const { version, file, force, dry_run: dryRun } = request;
  const source = file === undefined ? NO_SERVER : releaseInFiles(file);
  const wish = { version, force, dryRun, source, by: "person" as const };
  return await putInPlace(
    config,
    options,
    (upgrader, context) => upgrader.upgrade(wish, context),
  );
}

/** Has the next start start another version that is here. */
export async function goBackStopped(
  config: AgentConfig,
  { version, ...options }: StoppedOptions & { version: string | undefined },
): Promise<UpgradeResult> {
  return await putInPlace(
    config,
    options,
    (upgrader, context) => upgrader.goBack(version, context),
  );
}

async function putInPlace(
  config: AgentConfig,
  { env, signal }: StoppedOptions,
  work: (
    upgrader: Upgrader,
    context: Parameters<Upgrader["upgrade"]>[1],
  ) => ReturnType<Upgrader["upgrade"]>,
): Promise<UpgradeResult> {
  using _lock = lockDataFolder(config.agent.path.data);
  const host = upgradeHost(config, { env, runArgs: configArgs() });
  const ready = new AbortController();
  const { installation, record, keys } = host;
  const upgrader = new Upgrader({
    installation,
    record,
    keys,
    version: installation?.current ?? VERSION,
    database: databaseSchema([]).userVersion,
    options: () => config.upgrade,
    clockOffsetMs: () => 0,
    preflight: { env: host.variables, runArgs: host.runArgs },
    mayRun,
    retryWaits: () => createBackoff(config),
    baseline: () => ({ hadToken: false, taken: { stateless: 0, stateful: 0 } }),
    requestTrial(plan) {
      installation?.switchTo(plan.version);
      const message = `${plan.from} → ${plan.version}: in place for the next start`;
      const end = { code: 0 as const, reason: null, message };
      const outcome = outcomeOf(plan, end, systemClock.now());
      record.end(outcome);
      ready.abort(outcome);
    },
    clock: systemClock,
  });
  const context = { note: () => Promise.resolve(), signal };
  const done = new Promise<never>((_, reject) =>
    ready.signal.addEventListener("abort", () => reject(ready.signal.reason), { once: true })
  );
  return shownOutcome(
    await Promise.race([work(upgrader, context), done]).catch((error) => {
      if (ready.signal.aborted && error === ready.signal.reason) return error;
      throw error;
    }),
  );
}

/** Where the configuration is, as this command was told. */
function configArgs(): string[] {
  const at = Deno.args.indexOf("--config");
  return at < 0 ? [] : Deno.args.slice(at, at + 2);
}

const NO_SERVER: ReleaseSource = {
  manifest: () =>
    Promise.reject(
      new UpgradeRefusal("only_from_file", "the agent does not run, so no server is asked", {
        hint: "agent upgrade --file, or start the agent",
      }),
    ),
  read: () => Promise.resolve({ kind: "give_up", reason: "no server is asked" }),
};
