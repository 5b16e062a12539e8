/**
 * Builds what runs commands: the journal, the runner, and the executors. A new executor is added here.
 *
 * @module
 */

import { CommandRunner } from "../commands/command_runner.ts";
import { ActiveResponseExecutor } from "../commands/executors/active_response.ts";
import { FetchConfigExecutor } from "../commands/executors/fetch_config.ts";
import { GroupUpdater } from "../commands/executors/group_updater.ts";
import { GroupRefresh } from "../commands/group_refresh.ts";
import { moduleOrderExecutors, type ModuleSwitch } from "../commands/executors/modules.ts";
import { RestartExecutor } from "../commands/executors/restart.ts";
import { RunScriptExecutor } from "../commands/executors/run_script.ts";
import { SetGroupExecutor } from "../commands/executors/set_group.ts";
import { StatusExecutor } from "../commands/executors/status.ts";
import { Journal, type JournalLimits } from "../commands/journal.ts";
import type { Executor } from "../commands/types.ts";
import type { Clock } from "../../shared/clock.ts";
import type { LoadedConfig } from "../config/load.ts";
import type { AgentConfig } from "../config/schema.ts";
import { writeFileAtomically } from "../identity/atomic_write.ts";
import { GroupFiles } from "../identity/group_files.ts";
import type { Identity, IdentityFile } from "../identity/identity_file.ts";
import type { Scripts } from "../process/scripts.ts";
import { RestartLimit } from "../process/restart_limit.ts";
import type { Queue } from "../queue/queue.ts";
import { responseArgs } from "../responses/response_order.ts";
import type { Responses } from "../responses/responses.ts";
import type { GroupFile } from "../../shared/protocol/groups.ts";
import type { ReloadReport } from "../../shared/protocol/local_api.ts";
import { createBackoff, type ServerLink } from "./server/server_link.ts";
import { createTrust, type TrustParts } from "./trust_parts.ts";

/** What commands may reach. */
export interface CommandDeps {
  config: AgentConfig;
  clock: Clock;
  queue: Queue;
  /** Changed in place when the groups change: events carry the new ones from then on. */
  identity: Identity;
  identityFile: IdentityFile;
  link: ServerLink;
  /** Reads the configuration again, all of it checked. */
  loadConfig: () => Promise<LoadedConfig>;
  /** Throws when group files are not valid, each by itself or together with the local configuration. */
  checkGroupFiles: (files: readonly GroupFile[]) => Promise<void>;
  requestRestart: () => void;
}

/** What changes while the agent runs. */
interface LiveAgent {
  /** The options in force. */
  config: () => AgentConfig;
  status: () => object;
  reload: () => Promise<ReloadReport>;
  moduleOrders: ModuleSwitch;
  scripts: Scripts;
  responses: Responses;
  /** What modules and other parts bring. */
  moreExecutors: readonly Executor[];
}

/** Builds the journal, the runner, and what keeps the files of the groups up to date. Starts nothing. */
export function createCommandRunner(
  deps: CommandDeps,
  { config, status, reload, moduleOrders, moreExecutors, scripts, responses }: LiveAgent,
): { runner: CommandRunner; journal: Journal; refresh: GroupRefresh } {
  const { clock, queue, requestRestart } = deps;
  const { agent } = deps.config;
  const restarts = new RestartLimit({
    dataFolder: agent.path.data,
    clock,
    write: writeFileAtomically,
  });
  const trust = createTrust({
    dataFolder: agent.path.data,
    agentId: deps.identity.id,
    clock,
    config,
  });
  const groups = createGroupUpdater(deps, {
    reload,
    checkFiles: trust.files,
    ordered: () => refresh.noteOrder(),
  });
  const admission = trust.orders;
  const isEnabled = () => config().active_response.enabled;
  const journal = new Journal({ queue, clock, admission, ...journalLimits(deps.config) });
  const refresh = createGroupRefresh(deps, { updater: groups, config, journal });
  const runner = new CommandRunner({
    journal,
    clock,
    graceMs: agent.shutdown_notify_timeout / 4,
    askStart: (id, signal) => deps.link.client.askStart(id, signal),
    executors: [
      new SetGroupExecutor(groups),
      new FetchConfigExecutor(groups),
      new RestartExecutor({
        checkConfiguration: deps.loadConfig,
        takeTurn: () => restarts.take(),
        requestRestart,
      }),
      new StatusExecutor(status),
      new RunScriptExecutor({ scripts, isEnabled }),
      new ActiveResponseExecutor({ responses, args: responseArgs, isEnabled }),
      ...moduleOrderExecutors(moduleOrders),
      ...moreExecutors,
    ],
  });
  return { runner, journal, refresh };
}

function createGroupRefresh(
  { clock, identity, link, ...deps }: CommandDeps,
  { updater, config, journal }: {
    updater: GroupUpdater;
    config: () => AgentConfig;
    journal: Journal;
  },
): GroupRefresh {
  const refresh = new GroupRefresh({
    updater,
    loggedIn: (signal) => link.tokens.get(signal),
    groups: () => identity.groups,
    isAllowed: () => {
      const { actions } = config().remote.allow;
      return actions.includes("*") || actions.includes("fetch-config");
    },
    intervalMs: () => config().agent.shared_config_interval,
    record: (groups, { taken, message }) =>
      journal.note(
        { action: "fetch-config", args: { groups }, refused: !taken },
        { code: taken ? 0 : 1, message },
      ),
    retryWaits: createBackoff(deps.config),
    clock,
  });
  link.onLogin(() => refresh.wake());
  return refresh;
}

/** What of the journal's options can change while the agent runs. */
export function journalLimits({ commands }: Pick<AgentConfig, "commands">): JournalLimits {
  return {
    timeouts: { defaultMs: commands.default_timeout, maxMs: commands.max_timeout },
    retentionMs: commands.journal_retention,
  };
}

function createGroupUpdater(
  { config, clock, identity, identityFile, link, checkGroupFiles }: CommandDeps,
  { reload, checkFiles, ordered }: {
    reload: () => Promise<ReloadReport>;
    checkFiles: TrustParts["files"];
    ordered: () => void;
  },
): GroupUpdater {
  const store = new GroupFiles(config.agent.path.data, identityFile);
  return new GroupUpdater({
    getFile: (name, signal, etag) => link.client.getFile(name, signal, etag),
    store,
    ordered,
    checkFiles,
    check: checkGroupFiles,
    applyConfiguration: async () => {
      identity.groups = [...store.read().groups];
      const report = await reload();
      const [failure] = report.failed;
      if (failure !== undefined) throw new Error(`${failure.option}: ${failure.reason}`);
      return report;
    },
    createRetryWaits: () => createBackoff(config),
    clock,
  });
}
