import { launchdPlist } from "./launchd_plist.ts";
import type { ServiceSettings } from "./service_settings.ts";
import { systemdUnit } from "./systemd_unit.ts";

const USUAL = {
  executable: "/opt/agent/current/agent",
  installFolder: "/opt/agent",
  configFile: "/etc/agent/agent.yaml",
  dataFolder: "/var/lib/agent",
  runFolder: "/run/agent",
} as const;

/** The service as the packages bring it: the program lies where packages put programs. */
export const PACKAGED: ServiceSettings = {
  ...USUAL,
  executable: "/usr/lib/agent/current/agent",
  installFolder: "/usr/lib/agent",
  user: "agent",
};

/** The files of services at the usual places, by their paths in the project. */
export function serviceDocuments(): Map<string, string> {
  return new Map([
    ["config/agent.service", systemdUnit({ ...USUAL, user: "agent" })],
    ["config/com.example.agent.plist", launchdPlist({ ...USUAL, user: "root" })],
  ]);
}
