import { AgentError } from "../../shared/errors.ts";
import type { AgentConfig } from "../config/schema.ts";
import { ControlClient } from "../control/control_client.ts";
import { endpointIn } from "../control/endpoint.ts";
import { IdentityFile } from "../identity/identity_file.ts";

/**
 * Has the running agent do something.
 *
 * @throws {AgentError} `not_running` with the step that comes next on this machine; else what `ask` throws
 */
export async function askRunningAgent<T>(
  { agent: { path } }: AgentConfig,
  ask: (client: ControlClient) => Promise<T>,
): Promise<T> {
  try {
    using client = ControlClient.to(endpointIn(path.run));
    return await ask(client);
  } catch (error) {
    if (error instanceof AgentError && error.code === "not_running") throw notRunning(path.data);
    throw error;
  }
}

/** Says how an agent is started here: one that is not registered has to be that first. */
export function notRunning(dataFolder: string): AgentError {
  const hint = isRegistered(dataFolder)
    ? "start it with: agent run, or as a service: systemctl start agent"
    : "register it first: agent register --url https://HOST:55000 --user NAME";
  return new AgentError("not_running", "The agent is not running", { hint });
}

/** Who cannot look is not told to register anew. */
function isRegistered(dataFolder: string): boolean {
  try {
    return new IdentityFile(dataFolder).exists();
  } catch {
    return true;
  }
}
