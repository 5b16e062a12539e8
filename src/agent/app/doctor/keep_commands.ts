import type { Clock } from "../../../shared/clock.ts";
import type { PollOutcome } from "../../../shared/protocol/exchange.ts";
import { Journal } from "../../commands/journal.ts";
import type { AgentConfig } from "../../config/schema.ts";
import { lockDataFolder } from "../../identity/data_folder_lock.ts";
import { Queue } from "../../queue/queue.ts";
import { journalLimits } from "../command_parts.ts";
import { queueOptions } from "../queue/queue_settings.ts";
import { createTrust } from "../trust_parts.ts";

/**
 * Polls once while no agent runs. A server gives a command to the poll that is open, perhaps never again: what comes is written to the
 * journal as the agent would, whose next start goes on with it. The journal is open before the server is asked.
 *
 * @throws {AgentError} `data_folder_locked`, or what is wrong with the database; then nothing was asked
 */
export async function keepCommands(
  config: AgentConfig,
  { agentId, clock, poll }: { agentId: string; clock: Clock; poll: () => Promise<PollOutcome> },
): Promise<{ outcome: PollOutcome; kept: number }> {
  const dataFolder = config.agent.path.data;
  using _lock = lockDataFolder(dataFolder, { briefly: true });
  using queue = Queue.open(queueOptions(config, { clock }));
  const { orders: admission } = createTrust({ dataFolder, agentId, clock, config: () => config });
  const journal = new Journal({ queue, clock, admission, ...journalLimits(config) });
  const outcome = await poll();
  if (outcome.kind !== "commands") return { outcome, kept: 0 };
  const { accepted } = await journal.receive(outcome.commands);
  return { outcome, kept: accepted.length };
}
