import { resolve } from "node:path";
import { currentPlatform } from "../../../shared/config/platform.ts";
import { loadConfig } from "../../config/load.ts";
import { defaultPlaces } from "../../config/places.ts";
import { type ServicePlan, servicePlan, usualUser } from "../../service/service_plan.ts";
import type { ServiceSettings } from "../../service/service_settings.ts";
import { AgentError } from "../../../shared/errors.ts";
import { ownInstallation } from "../../app/upgrades/upgrade_host.ts";
import { Installation } from "../../upgrade/installation.ts";
import type { CliIo } from "../cli_io.ts";
import { warningLine } from "../warning.ts";

/** Where a program that lies elsewhere is copied to. */
const USUAL_ROOT = "/opt/agent";

/** The service as the configuration in force has it. */
export async function inForce(
  io: CliIo,
  { config: file, user }: { config?: string | undefined; user?: string | undefined },
): Promise<{ plan: ServicePlan; settings: ServiceSettings }> {
  const platform = currentPlatform();
  const loaded = await loadConfig({ file, env: io.env });
  for (const warning of loaded.warnings) io.stderr(warningLine(warning));
  const { config } = loaded;
  const named = loaded.file ?? defaultPlaces(platform).configFile;
  const installFolder = platform === "windows" ? undefined : ownInstallation()?.root ?? USUAL_ROOT;
  const program = installFolder === undefined
    ? Deno.execPath()
    : new Installation(installFolder).program;
  const settings: ServiceSettings = {
    executable: oneLinePath(program),
    installFolder,
    isUpgradable: config.upgrade.enabled,
    configFile: oneLinePath(resolve(named)),
    dataFolder: config.agent.path.data,
    runFolder: config.agent.path.run,
    logFile: config.log.file,
    user: checkUser(user ?? usualUser(platform)),
  };
  return { plan: servicePlan(platform, settings), settings };
}

/** Of the other paths the configuration makes sure: a line of a unit must not become two, with an order of somebody's own. */
function oneLinePath(path: string): string {
  if (!/[\p{Cc}\p{Zl}\p{Zp}]/u.test(path)) return path;
  const message = `A service cannot use ${JSON.stringify(path)}: it has control characters`;
  throw new AgentError("usage", message, { hint: "give the file or folder another name" });
}

/** Names as useradd(8) takes them; a line of a unit must not become two. */
function checkUser(name: string): string {
  if (/^[A-Za-z_][\w.@\\-]{0,255}\$?$/.test(name)) return name;
  throw new AgentError("usage", `Cannot use --user ${JSON.stringify(name)}: it is no user's name`, {
    hint: "leave --user out: the service then runs as a user of its own",
  });
}

/**
 * Makes sure that the service will find its things: in the place of `/tmp` and `/var/tmp` it has a folder of its own, which is empty.
 *
 * @throws {AgentError} `failed`
 */
export function requireLasting(
  { executable, configFile, dataFolder, runFolder }: ServiceSettings,
): void {
  const places = { executable, configFile, dataFolder, runFolder };
  for (const path of Object.values(places)) {
    if (!/^\/(var\/)?tmp\//.test(path)) continue;
    throw new AgentError(
      "failed",
      `A service cannot use "${path}": it has a ${tmpOf(path)} of its own`,
      {
        hint: "put it elsewhere, such as below /opt, /etc and /var/lib",
      },
    );
  }
}

function tmpOf(path: string): string {
  return path.startsWith("/var/") ? "/var/tmp" : "/tmp";
}
