/**
 * The groups' configuration for the status document: what lies on disk, and how it stands with the server.
 *
 * @module
 */

import { isoOrNull } from "../../shared/clock.ts";
import type { GroupRefreshStatus } from "../commands/group_refresh.ts";
import { reportGroupFiles } from "../identity/group_files.ts";
import type { SharedConfigReport } from "../../shared/protocol/status_document.ts";

/** Reads the data folder: what is in force is what its identity names. */
export function sharedConfigReport(
  dataFolder: string,
  { state, reason, nextTryAtMs, failingSinceMs }: GroupRefreshStatus,
): SharedConfigReport {
  return {
    state,
    ...reportGroupFiles(dataFolder),
    reason: reason ?? null,
    failing_since: isoOrNull(failingSinceMs),
    next_try_at: isoOrNull(nextTryAtMs),
  };
}
