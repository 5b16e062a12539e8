/**
 * What a process knows of its own replacement.
 *
 * @module
 */

import type { UpgradeStatus } from "../../../shared/protocol/status_document.ts";
import { VERSION } from "../../../shared/version.ts";
import type { AgentConfig } from "../../config/schema.ts";
import { TRIAL_VARIABLE, variablesForSuccessor } from "../../process/environment.ts";
import { Installation } from "../../upgrade/installation.ts";
import { ReleaseKeys } from "../../upgrade/release_keys.ts";
import { upgradeReport } from "../../upgrade/report.ts";
import { UpgradeRecord } from "../../upgrade/upgrade_record.ts";
import type { UpgradeHost } from "./upgrade_parts.ts";

/** What of the process counts. */
interface HostProcess {
  env: Readonly<Record<string, string | undefined>>;
  /** What follows `agent run`. */
  runArgs: readonly string[];
}

/** The installation of this executable; from source there is none. */
export function ownInstallation(): Installation | undefined {
  return Deno.build.standalone ? Installation.of(Deno.execPath()) : undefined;
}

/** What this process brings along. */
export function upgradeHost({ agent }: AgentConfig, { env, runArgs }: HostProcess): UpgradeHost {
  return {
    installation: ownInstallation(),
    record: new UpgradeRecord(agent.path.data),
    keys: new ReleaseKeys(agent.path.data),
    isTrial: env[TRIAL_VARIABLE] !== undefined,
    variables: variablesForSuccessor(env),
    runArgs,
  };
}

/** How the replacement of an agent stands that does not run. */
export function readUpgradeReport({ agent, upgrade }: AgentConfig): UpgradeStatus {
  const record = new UpgradeRecord(agent.path.data);
  const report = upgradeReport({ version: VERSION, installation: ownInstallation(), record });
  return upgrade.enabled ? report : { ...report, state: "off" };
}
