/**
 * The files of the groups of an agent that has just been registered, so that its first start has them.
 *
 * @module
 */

import { AnySignal } from "../../shared/any_signal.ts";
import { systemClock } from "../../shared/clock.ts";
import { messageOf } from "../../shared/errors.ts";
import { Secrets } from "../../shared/log/secrets.ts";
import type { GroupFile } from "../../shared/protocol/groups.ts";
import { GroupUpdater } from "../commands/executors/group_updater.ts";
import type { AgentConfig } from "../config/schema.ts";
import { lockDataFolder } from "../identity/data_folder_lock.ts";
import { GroupFiles } from "../identity/group_files.ts";
import { GroupTrial } from "../identity/group_trial.ts";
import { IdentityFile } from "../identity/identity_file.ts";
import { createBackoff, createServerLink } from "./server/server_link.ts";
import { createTrust } from "./trust_parts.ts";

/** A comms API that does not answer must not hold the registration up, which is done; in milliseconds. */
const MOST_MS = 10_000;

/** What is needed beside the configuration. */
interface FirstFilesOptions {
  /** Throws when files are not valid, each by itself or together with the local configuration. */
  check: (files: readonly GroupFile[]) => Promise<void>;
  signal: AbortSignal;
  /** Is told the key and the token. @default nobody is */
  secrets?: Secrets;
}

/**
 * Logs in and stores the files of the agent's groups; without groups it asks for nothing.
 *
 * @returns why it could not; the agent asks again when it starts
 * @throws the signal's reason
 */
export async function fetchFirstGroupFiles(
  config: AgentConfig,
  { check, signal, secrets = new Secrets() }: FirstFilesOptions,
): Promise<string | undefined> {
  const folder = config.agent.path.data;
  const file = new IdentityFile(folder);
  const failed = new AbortController();
  using until = new AnySignal(signal, failed.signal, AbortSignal.timeout(MOST_MS));
  try {
    using _lock = lockDataFolder(folder);
    const identity = file.load();
    if (identity.groups.length === 0) return undefined;
    const clock = systemClock;
    const onLoginFailure = (reason: string) => failed.abort(new Error(reason));
    using link = createServerLink(config, { identity, file, clock, secrets, onLoginFailure });
    await link.tokens.get(until.signal);
    const updater = new GroupUpdater({
      getFile: (name, signal) => link.client.getFile(name, signal),
      store: new GroupFiles(folder, file),
      checkFiles: createTrust({
        dataFolder: folder,
        agentId: identity.id,
        clock,
        config: () => config,
      })
        .files,
      check,
      // Nothing runs yet that the files would have to be put in force for.
      applyConfiguration: () => Promise.resolve({ needs_restart: [] }),
      createRetryWaits: () => createBackoff(config),
      clock,
    });
    await updater.refresh(until.signal);
    // The end of this process is no sign that the files keep an agent from its work.
    new GroupTrial(folder).noteStop();
    return undefined;
  } catch (error) {
    signal.throwIfAborted();
    return messageOf(error);
  }
}
