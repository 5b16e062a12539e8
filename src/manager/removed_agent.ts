import type { CommandManager } from "./commands/command_manager.ts";
import type { PollRegistry } from "./commands/poll_registry.ts";
import type { KeepAlive } from "./keep_alive/keep_alive.ts";

/** Who keeps something of an agent beside its rows. */
interface RemovalDeps {
  commands: CommandManager;
  keepAlive: KeepAlive;
  polls: PollRegistry;
}

/** Once an agent has been removed: its tokens count no longer, its poll ends, its open orders fail. */
export async function forgetAgent(
  { commands, keepAlive, polls }: RemovalDeps,
  id: string,
): Promise<void> {
  await commands.agentRemoved(id);
  keepAlive.forget(id);
  polls.remove(id);
}
