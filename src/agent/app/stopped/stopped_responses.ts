/**
 * Ending responses of an agent that does not run, under the lock of its data folder.
 *
 * @module
 */

import { systemClock } from "../../../shared/clock.ts";
import { AgentError } from "../../../shared/errors.ts";
import type { ResponseSelection, ReversalReport } from "../../../shared/protocol/responses.ts";
import type { AgentConfig } from "../../config/schema.ts";
import { lockDataFolder } from "../../identity/data_folder_lock.ts";
import { IdentityFile } from "../../identity/identity_file.ts";
import { Queue } from "../../queue/queue.ts";
import { existingDatabase } from "../queue/queue_inspection.ts";
import { queueOptions } from "../queue/queue_settings.ts";
import { createResponses } from "../response_parts.ts";

/**
 * Ends them; what the server is to be told waits in the queue.
 *
 * @throws {AgentError} `data_folder_locked` when an agent runs; `usage` for a key that is not known; else as `existingDatabase`
 */
export async function revertStoppedResponses(
  config: AgentConfig,
  selection: ResponseSelection,
  signal: AbortSignal,
): Promise<ReversalReport[]> {
  existingDatabase(config);
  const dataFolder = config.agent.path.data;
  using _lock = lockDataFolder(dataFolder, { briefly: true });
  using queue = Queue.open(queueOptions(config, { clock: systemClock }));
  const { responses } = createResponses({
    config: () => config,
    agent: identityIn(dataFolder),
    queue,
    clock: systemClock,
  });
  return await responses.revert(selection, signal);
}

/** What is enabled ends also on a machine whose registration was removed. */
function identityIn(dataFolder: string): { id: string; name: string } {
  try {
    return new IdentityFile(dataFolder).load();
  } catch (error) {
    if (error instanceof AgentError && error.code === "not_registered") return { id: "", name: "" };
    throw error;
  }
}
