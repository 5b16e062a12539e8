/**
 * `agent service`: the agent as a service of this machine.
 *
 * @module
 */

import { Command, type CommandUnknownOpts } from "@commander-js/extra-typings";
import { AgentError } from "../../../shared/errors.ts";
import { VERSION } from "../../../shared/version.ts";
import { ownInstallation } from "../../app/upgrades/upgrade_host.ts";
import { IdentityFile } from "../../identity/identity_file.ts";
import { ServiceInstaller, type ServiceState } from "../../service/installer.ts";
import type { ServiceSettings } from "../../service/service_settings.ts";
import { Installation } from "../../upgrade/installation.ts";
import { type ServiceHost, SYSTEM_HOST } from "../../service/service_host.ts";
import type { CliIo } from "../cli_io.ts";
import { CONFIG_OPTION } from "../config_option.ts";
import { dryRun, undoText } from "./dry_run.ts";
import { inForce, requireLasting } from "./in_force.ts";

const INSTALL_HELP = `
Writes the unit of systemd, the daemon of launchd or the scheduled task of Windows for the paths that the configuration
gives, and has it start with the machine. A file that something else wrote is left alone. The service runs as the user
agent, which may read every log and write to its own folders only.

This executable is copied to /opt/agent/versions/VERSION, to which /opt/agent/current leads, unless it lies in such a
place already: so it can be replaced (agent upgrade). With upgrade.enabled the folder is given to the service's user.

Under it, status 75 asks for a restart that the manager ordered. Scripts of active response run as the service's user;
what more they need is said in the unit, and added with: systemctl edit agent

Examples:
  agent service install --dry-run
  agent service install --now --config /etc/agent/agent.yaml`;

const UNINSTALL_HELP = `
Configuration, data, program and user stay. Without --now an agent that runs goes on until it is stopped.

Example:
  agent service uninstall --now`;

const STATUS_HELP = `
Ends with 0 when the service is installed and runs, else with 3. How the agent itself is: agent status

Example:
  agent service status --json`;

/** Builds the command. */
export function serviceCommand(
  io: CliIo,
  { host = SYSTEM_HOST }: { host?: ServiceHost } = {},
): CommandUnknownOpts {
  const command = new Command("service")
    .description("Install, remove or look at the agent as a service of this machine");
  command.command("install")
    .description("Have the agent run as a service")
    .option(...CONFIG_OPTION)
    .option("--now", "start it at once too")
    .option("--user <name>", "user that it runs as (default: agent; root on macOS)")
    .option("--dry-run", "print the files and the steps, and change nothing")
    .addHelpText("after", INSTALL_HELP)
    .action((options) => install(io, host, options));
  command.command("uninstall")
    .description("Undo what install did")
    .option(...CONFIG_OPTION)
    .option("--now", "stop it first")
    .option("--dry-run", "print the steps, and change nothing")
    .addHelpText("after", UNINSTALL_HELP)
    .action((options) => uninstall(io, host, options));
  command.command("status")
    .description("Say whether the service is installed, and whether it runs")
    .option(...CONFIG_OPTION)
    .option("--json", "print JSON for programs")
    .addHelpText("after", STATUS_HELP)
    .action((options) => status(io, host, options));
  return command as CommandUnknownOpts;
}

interface ServiceOptions {
  config?: string | undefined;
  now?: true | undefined;
  user?: string | undefined;
  dryRun?: true | undefined;
  json?: true | undefined;
}

async function install(io: CliIo, host: ServiceHost, options: ServiceOptions): Promise<void> {
  const { plan, settings } = await inForce(io, options);
  const now = options.now === true;
  if (options.dryRun) return io.stdout(dryRun(plan, { now, settings }));
  requireLasting(settings);
  const installer = new ServiceInstaller(plan, host, (text) => io.stdout(`${text}\n`));
  installer.requirePower("install");
  if (!Deno.build.standalone && host === SYSTEM_HOST) throw notCompiled();
  if (!host.exists(settings.configFile)) {
    throw new AgentError("config_invalid", `There is no configuration "${settings.configFile}"`, {
      hint: `agent config init --config ${settings.configFile}`,
    });
  }
  putInPlace(io, settings);
  // It would end at once, and the service manager would say no more than that.
  if (now) new IdentityFile(settings.dataFolder).requireRegistered();
  await installer.install({ user: settings.user, now });
  io.stdout(undoText(plan, { now, settings }));
}

/** Puts this executable where the service starts it from, unless it lies there. */
function putInPlace(io: CliIo, { installFolder }: ServiceSettings): void {
  if (installFolder === undefined || !Deno.build.standalone || ownInstallation() !== undefined) {
    return;
  }
  const source = Deno.execPath();
  const { root } = Installation.make(installFolder, { source, version: VERSION });
  io.stdout(`Put   ${source} into ${root}/versions/${VERSION}, to which ${root}/current leads\n`);
}

function notCompiled(): AgentError {
  const message = "Cannot install the service: this agent runs from source";
  return new AgentError("failed", message, {
    hint: "deno task compile agent, then dist/agent service install; --dry-run shows the files",
  });
}

async function uninstall(io: CliIo, host: ServiceHost, options: ServiceOptions): Promise<void> {
  const { plan } = await inForce(io, options);
  const now = options.now === true;
  if (options.dryRun) {
    const steps = [...(now ? plan.stop : []), ...plan.disable].map((step) => step.join(" "));
    const after = plan.forget.map((step) => step.join(" "));
    return io.stdout([...steps, `remove ${plan.file.path}`, ...after, ""].join("\n"));
  }
  await new ServiceInstaller(plan, host, (text) => io.stdout(`${text}\n`)).uninstall({ now });
}

async function status(io: CliIo, host: ServiceHost, options: ServiceOptions): Promise<void> {
  const { plan } = await inForce(io, options);
  const state = await new ServiceInstaller(plan, host, () => {}).state();
  const document = { schema: 1, manager: plan.manager, ...state };
  io.stdout(options.json ? `${JSON.stringify(document)}\n` : stateText(state, plan.manager));
  if (state.installed_by !== null && state.running) return;
  const { installed_by } = state;
  if (installed_by === null) {
    const hint = "agent service install --now";
    throw new AgentError("not_running", "The service is not there", { hint });
  }
  const start = installed_by === "package"
    ? "systemctl enable --now agent"
    : "agent service install --now";
  const hint = `${start}; the log says why it ended: agent logs`;
  throw new AgentError("not_running", "The service does not run", { hint });
}

function stateText(state: ServiceState, manager: string): string {
  const { installed_by, file, is_current, running } = state;
  if (installed_by === null) return `Service    not installed with ${manager}\n`;
  const note = is_current ? "" : "; for other paths than those in force, or changed since";
  return `Service    ${running ? "runs" : "does not run"} under ${manager}\n` +
    `File       ${file}, from ${installed_by}${note}\n`;
}
