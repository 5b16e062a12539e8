import { systemClock } from "../../shared/clock.ts";
import { AgentError } from "../../shared/errors.ts";
import type { StatusDocument } from "../../shared/protocol/status_document.ts";
import type { LoadedConfig } from "../config/load.ts";
import { reportGroupFiles } from "../identity/group_files.ts";
import { type Identity, IdentityFile } from "../identity/identity_file.ts";
import { databaseExists } from "../queue/database.ts";
import { Queue } from "../queue/queue.ts";
import { requireTrusted } from "../platform/trusted_path.ts";
import { stoppedStatus } from "../status/stopped_status.ts";
import { stoppedModules } from "./stopped_modules.ts";
import { databasePath, queueOptions } from "./queue_settings.ts";

/**
 * The status document of an agent that does not run, from its data folder. Changes nothing there.
 *
 * @throws {AgentError} when the identity or the database is there and cannot be read, or others may have put them there
 */
export function readStoppedStatus(
  loaded: Pick<LoadedConfig, "config" | "places" | "warnings">,
  nowMs: number,
): StatusDocument {
  const { config, warnings } = loaded;
  const modules = stoppedModules(loaded);
  requireTrusted("data folder", config.agent.path.data, { trustOwner: true });
  const identity = readIdentity(config.agent.path.data);
  const groupFiles = reportGroupFiles(config.agent.path.data);
  if (!databaseExists(databasePath(config.agent.path.data))) {
    return stoppedStatus(
      config,
      { identity, queue: undefined, modules, groupFiles, warnings },
      nowMs,
    );
  }
  using queue = Queue.openReadOnly(queueOptions(config, { clock: systemClock }));
  return stoppedStatus(config, { identity, queue, modules, groupFiles, warnings }, nowMs);
}

function readIdentity(folder: string): Identity | undefined {
  try {
    return new IdentityFile(folder).load();
  } catch (error) {
    if (error instanceof AgentError && error.code === "not_registered") return undefined;
    throw error;
  }
}
