/**
 * `agent run`: runs the agent in the foreground until a signal comes.
 *
 * @module
 */

import { Command, type CommandUnknownOpts } from "@commander-js/extra-typings";
import { getLogger } from "@logtape/logtape";
import { runAgent } from "../agent.ts";
import { modulesStartPrograms } from "../app/module_parts.ts";
import { MODULES } from "../modules/modules.ts";
import { AnySignal } from "../../shared/any_signal.ts";
import { systemClock } from "../../shared/clock.ts";
import { checkShared, loadConfig } from "../config/load.ts";
import { STORED } from "../config/stored.ts";
import { configureLog } from "../../shared/log/log.ts";
import { LogFile } from "../../shared/log/log_file.ts";
import type { CommandIo } from "./command_io.ts";
import { actOnCopy } from "../app/machine_copy.ts";
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
    .action(async ({ config: file }) => {
      const sources = { file, env: io.env };
      const load = () => loadConfig({ ...sources, ...STORED });
      const { config, own, places, warnings } = await load();
      // While programs may still be started, which some systems need for it.
      const machineId = await readMachineId();
      const startsPrograms = config.active_response.enabled ||
        modulesStartPrograms(MODULES, config);
      await io.endStart?.({ startsPrograms });
      const { log: { file: path, max_size: maxBytes, keep } } = config;
      const logFile = path === undefined ? undefined : new LogFile({ path, maxBytes, keep });
      const log = configureLog({
        level: config.log.level,
        format: config.log.format,
        write: (line) => io.paint(line),
        writeToFile: logFile && ((line) => logFile.write(io.secrets.hide(line))),
        isTerminal: io.isTerminal.stderr,
        toJournal: io.toJournal ?? false,
        noColor: Boolean(io.env.NO_COLOR),
      });
      try {
        const logger = getLogger(["agent", "config"]);
        for (const warning of warnings) logger.warn("{warning}", { warning });
        using stop = new AnySignal(io.signal, parentGone(io, systemClock));
        await actOnCopy(config, { machineId, secrets: io.secrets, signal: stop.signal });
        const ending = await runAgent({
          config,
          own,
          places,
          warnings,
          clock: systemClock,
          secrets: io.secrets,
          stop: stop.signal,
          loadConfig: load,
          checkGroupFiles: (files) => checkShared(files, sources),
          setLogLevel: (level) => log.setLevel(level),
          logFile: () => logFile?.status(),
          reloads: io.reloads,
          machineId,
          supervisor: createSupervisor(io.env),
        });
        if (ending === "stopped") return;
      } finally {
        log.close();
        await Promise.all([io.flushStderr(), logFile?.close()]);
      }
      Deno.exit(await restartProgram(io));
    });
}
