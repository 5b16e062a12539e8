/**
 * `agent run`: runs the agent in the foreground until a signal comes.
 *
 * @module
 */

import { Command, type CommandUnknownOpts } from "@commander-js/extra-typings";
import { getLogger } from "@logtape/logtape";
import { runAgent, type RunOptions } from "../agent.ts";
import { hasResponses } from "../app/stopped/read_responses.ts";
import { modulesStartPrograms } from "../app/modules/module_parts.ts";
import { MODULES } from "../modules/modules.ts";
import { AnySignal } from "../../shared/any_signal.ts";
import { systemClock } from "../../shared/clock.ts";
import { checkShared, loadConfig, type LoadedConfig } from "../config/load.ts";
import { STORED } from "../config/stored.ts";
import { configureLog } from "../../shared/log/log.ts";
import { LogFile } from "../../shared/log/log_file.ts";
import type { CommandIo } from "./command_io.ts";
import { actOnCopy } from "../app/machine_copy.ts";
import { watchTrial } from "../app/upgrades/trial_watch.ts";
import { isAgentRevived } from "../app/upgrades/revival.ts";
import { upgradeHost } from "../app/upgrades/upgrade_host.ts";
import type { UpgradeHost } from "../app/upgrades/upgrade_parts.ts";
import { readMachineId } from "../platform/machine_id.ts";
import { parentGone, restartProgram } from "../process/restart.ts";
import { createSupervisor } from "../service/supervisor.ts";
import { CONFIG_OPTION } from "./config_option.ts";

const EXAMPLES = `
SIGHUP, like agent reload, has the configuration read again. The agent stays in the foreground and logs to standard error. SIGTERM or SIGINT stops it: what is queued has until half
of agent.shutdown_notify_timeout to leave, the rest leaves after the next start. A second signal ends it at once.

Under a service manager that starts it again (AGENT_SUPERVISED is set, as in the unit of agent service install) a
restart that the manager orders ends the agent with status 75: that is no failure. Under systemd it says when it is
ready, reloads and stops, how it is, and that it gets on (Type=notify, WatchdogSec=).

Examples:
  agent run --config /etc/agent/agent.yaml
  AGENT_SERVER_URL=https://manager.example:27000 agent run`;

/** Builds the command. */
export function runCommand(io: CommandIo): CommandUnknownOpts {
  return new Command("run")
    .description("run the agent in the foreground until SIGTERM or SIGINT")
    .option(...CONFIG_OPTION)
    .addHelpText("after", EXAMPLES)
    .action(({ config: file }) => run(io, file));
}

async function run(io: CommandIo, file: string | undefined): Promise<void> {
  const sources = { file, env: io.env };
  const load = () => loadConfig({ ...sources, ...STORED });
  const loaded = await load();
  const { config } = loaded;
  // While programs may still be started, which some systems need for it.
  const machineId = await readMachineId();
  const host = upgradeHost(config, { env: io.env, runArgs: Deno.args.slice(1) });
  const startsPrograms = config.active_response.enabled || config.upgrade.enabled ||
    modulesStartPrograms(MODULES, config) || hasResponses(config);
  await io.endStart?.({ startsPrograms });
  const logs = openLogs(io, config);
  let successor: Successor = {};
  try {
    using stop = new AnySignal(io.signal, parentGone(io, systemClock));
    await actOnCopy(config, { machineId, secrets: io.secrets, signal: stop.signal });
    const ending = await runVersions(io, {
      loaded,
      load,
      checkGroupFiles: (files) => checkShared(files, sources),
      logs,
      machineId,
      host,
      stop: stop.signal,
    });
    if (ending === "stopped") return;
    successor = ending;
  } finally {
    await logs.close();
  }
  const executable = () => host.installation?.program;
  const isRevived = () => isAgentRevived(host, (line) => io.stderr(`${line}\n`));
  Deno.exit(await restartProgram(io, { ...successor, executable, isRevived }));
}

/** The process that goes on already, if there is one. */
type Successor = NonNullable<Parameters<typeof restartProgram>[1]>;

/** What is the same for an agent that made room for another version and goes on after all. */
interface VersionsOptions extends Pick<RunOptions, "checkGroupFiles" | "machineId" | "stop"> {
  loaded: LoadedConfig;
  load: () => Promise<LoadedConfig>;
  logs: Logs;
  host: UpgradeHost;
}

/** Runs the agent, and has other versions tried, until it is to end or a successor is there. */
async function runVersions(
  io: CommandIo,
  { loaded: first, load, logs, host, ...options }: VersionsOptions,
): Promise<Successor | "stopped"> {
  const supervisor = createSupervisor(io.env);
  const logger = getLogger(["agent", "config"]);
  for (let loaded = first;; loaded = await load().catch(() => loaded)) {
    for (const warning of loaded.warnings) logger.warn("{warning}", { warning });
    const ending = await runAgent({
      ...options,
      ...loaded,
      clock: systemClock,
      secrets: io.secrets,
      loadConfig: load,
      setLogLevel: logs.setLevel,
      logFile: logs.fileStatus,
      reloads: io.reloads,
      supervisor,
      upgrade: host,
    });
    if (ending === "stopped") return "stopped";
    if (ending === "restart") return {};
    const { installation, record } = host;
    if (installation === undefined) throw new TypeError("There is nothing to try");
    const trial = await watchTrial(ending, {
      config: loaded.config,
      installation,
      record,
      process: io,
      stop: options.stop,
      secrets: io.secrets,
      supervisor,
      clock: systemClock,
      onLog: (text) => io.paint(text),
    });
    if (trial.kind === "stopped") return "stopped";
    if (trial.kind === "passed") return { first: trial.status };
  }
}

/** Where the log goes. */
interface Logs {
  setLevel: RunOptions["setLogLevel"];
  fileStatus: NonNullable<RunOptions["logFile"]>;
  close(): Promise<void>;
}

function openLogs(io: CommandIo, { log: options }: LoadedConfig["config"]): Logs {
  const { file: path, max_size: maxBytes, keep } = options;
  const file = path === undefined ? undefined : new LogFile({ path, maxBytes, keep });
  const log = configureLog({
    level: options.level,
    format: options.format,
    write: (line) => io.paint(line),
    writeToFile: file && ((line) => file.write(io.secrets.hide(line))),
    isTerminal: io.isTerminal.stderr,
    toJournal: io.toJournal ?? false,
    noColor: Boolean(io.env.NO_COLOR),
  });
  return {
    setLevel: (level) => log.setLevel(level),
    fileStatus: () => file?.status(),
    async close() {
      log.close();
      await Promise.all([io.flushStderr(), file?.close()]);
    },
  };
}
