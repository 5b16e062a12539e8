import { systemClock } from "../../shared/clock.ts";
import type { AgentConfig } from "../config/schema.ts";
import type { StatusDocument } from "../../shared/protocol/status_document.ts";
import { AgentError } from "../../shared/errors.ts";
import { IdentityFile } from "../identity/identity_file.ts";
import { databaseExists } from "../queue/database.ts";
import { Queue } from "../queue/queue.ts";
import { databasePath, queueOptions } from "./parts.ts";
import { agentReport, stoppedStatus } from "../status/status_builder.ts";

/**
 * The status document of an agent that does not run, from its data folder. Changes nothing there.
 *
 * @throws {AgentError} when the identity or the database is there and cannot be read
 */
export function readStoppedStatus(config: AgentConfig, nowMs: number): StatusDocument {
  const agent = readAgent(config.agent.path.data);
  if (!databaseExists(databasePath(config.agent.path.data))) {
    return stoppedStatus(config, { agent, queue: undefined, nowMs });
  }
  using queue = Queue.openReadOnly(queueOptions(config, { clock: systemClock }));
  return stoppedStatus(config, { agent, queue, nowMs });
}

function readAgent(folder: string): StatusDocument["agent"] {
  try {
    return agentReport(new IdentityFile(folder).load());
  } catch (error) {
    if (error instanceof AgentError && error.code === "not_registered") return null;
    throw error;
  }
}
