/**
 * Undoing a registration: first at the server, then here.
 *
 * @module
 */

import { systemClock } from "../../../shared/clock.ts";
import { AgentError } from "../../../shared/errors.ts";
import { pluralize } from "../../../shared/text.ts";
import type { AgentConfig } from "../../config/schema.ts";
import { lockDataFolder } from "../../identity/data_folder_lock.ts";
import { forgetIdentity } from "../../identity/forget_identity.ts";
import { IdentityFile } from "../../identity/identity_file.ts";
import { rememberSecrets } from "../../identity/stored_secrets.ts";
import { databaseExists } from "../../queue/database.ts";
import { Queue } from "../../queue/queue.ts";
import { STREAMS } from "../../queue/types.ts";
import { type RemovalOptions, removeAtServer } from "./removal_at_server.ts";
import { databasePath, queueOptions } from "../queue/queue_settings.ts";

/** How it is done. */
interface UnregistrationOptions extends RemovalOptions {
  /** Leaves the server alone. */
  localOnly: boolean;
  /** Also when events wait that were not delivered. */
  force: boolean;
}

/** What was done. */
export interface Unregistration {
  id: string;
  name: string;
  /** `gone`: it did not know the agent any more. */
  server: "removed" | "gone" | "not_asked";
  /** Events that stay in the queue for the next registration; `null` when it cannot be read. */
  queued_events: number | null;
}

/**
 * Takes the agent of the configured data folder off its server and forgets its identity. What is queued stays on disk.
 *
 * @throws {AgentError} `not_registered`, `data_folder_locked` while an agent runs, `failed` when events wait and it is not forced, and as
 *   `removeAtServer` and `forgetIdentity`; before the last nothing has changed here
 */
export async function unregister(
  config: AgentConfig,
  options: UnregistrationOptions,
): Promise<Unregistration> {
  const folder = config.agent.path.data;
  const file = new IdentityFile(folder);
  file.requireRegistered();
  using _lock = lockDataFolder(folder);
  const identity = file.load();
  rememberSecrets(identity, options.secrets);
  const queued = options.force ? attempt(() => queuedEvents(config)) : queuedEvents(config);
  if (queued !== null && queued > 0 && !options.force) throw eventsWait(queued);
  const server = options.localOnly ? "not_asked" : await removeAtServer(config, identity, options);
  forgetIdentity(folder);
  return { id: identity.id, name: identity.name, server, queued_events: queued };
}

function eventsWait(queued: number): AgentError {
  const message = `Cannot unregister: ${pluralize(queued, "event")} in the queue not delivered yet`;
  return new AgentError("failed", message, {
    hint:
      "let them leave first with agent run; with --force they stay on disk, and are sent under " +
      "the next registration if there is one",
  });
}

/** `null` when it cannot be done. */
function attempt<T>(read: () => T): T | null {
  try {
    return read();
  } catch {
    return null;
  }
}

function queuedEvents(config: AgentConfig): number {
  if (!databaseExists(databasePath(config.agent.path.data))) return 0;
  using queue = Queue.openReadOnly(queueOptions(config, { clock: systemClock }));
  return STREAMS.reduce((sum, stream) => sum + queue.account(stream).queued.events, 0);
}
