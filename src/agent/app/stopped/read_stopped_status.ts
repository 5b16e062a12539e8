import { systemClock } from "../../../shared/clock.ts";
import { AgentError } from "../../../shared/errors.ts";
import type { StatusDocument } from "../../../shared/protocol/status_document.ts";
import type { LoadedConfig } from "../../config/load.ts";
import { reportGroupFiles } from "../../identity/group_files.ts";
import { type Identity, IdentityFile } from "../../identity/identity_file.ts";
import { isOfOtherMachine } from "../../identity/machine_mark.ts";
import { databaseExists } from "../../queue/database.ts";
import { Queue } from "../../queue/queue.ts";
import { toldError } from "../../platform/told_error.ts";
import { requireTrusted } from "../../platform/trusted_path.ts";
import { readResponsesStatus } from "../../responses/report.ts";
import { stoppedStatus } from "../../status/stopped_status.ts";
import { stoppedModules } from "./stopped_modules.ts";
import { databasePath, queueOptions } from "../queue/queue_settings.ts";
import { readUpgradeReport } from "../upgrades/upgrade_host.ts";

/**
 * The status document of an agent that does not run, from its data folder. Changes nothing there.
 *
 * @throws {AgentError} when the identity is there and cannot be read, or others may have put files there
 */
export function readStoppedStatus(
  loaded: Pick<LoadedConfig, "config" | "places" | "warnings">,
  { nowMs, machineId }: { nowMs: number; machineId: string | undefined },
): StatusDocument {
  const { config, warnings } = loaded;
  const modules = stoppedModules(loaded);
  requireTrusted("data folder", config.agent.path.data, { trustOwner: true });
  const identity = readIdentity(config.agent.path.data);
  const groupFiles = reportGroupFiles(config.agent.path.data);
  const isCopy = identity !== undefined && isOfOtherMachine(identity, machineId);
  const upgrade = readUpgradeReport(config);
  const found = { identity, modules, groupFiles, warnings, isCopy, upgrade };
  try {
    using queue = openQueue(config);
    const responses = queue?.look(readResponsesStatus);
    return stoppedStatus(config, { ...found, queue, ...(responses && { responses }) }, nowMs);
  } catch (thrown) {
    const error = toldError(thrown);
    if (!(error instanceof AgentError)) throw error;
    const unreadable = { reason: error.message, hint: error.hint ?? null };
    return stoppedStatus(config, { ...found, queue: undefined, unreadable }, nowMs);
  }
}

/** `undefined` when there is none yet. */
function openQueue(config: LoadedConfig["config"]): Queue | undefined {
  if (!databaseExists(databasePath(config.agent.path.data))) return undefined;
  return Queue.openReadOnly(queueOptions(config, { clock: systemClock }));
}

function readIdentity(folder: string): Identity | undefined {
  try {
    return new IdentityFile(folder).load();
  } catch (error) {
    if (error instanceof AgentError && error.code === "not_registered") return undefined;
    throw error;
  }
}
