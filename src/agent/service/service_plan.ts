/**
 * What a service is made of on each platform: its file, and the commands of the system that know it. Pure: nothing is looked at.
 *
 * @module
 */

import { dirname, join as joinWindows } from "node:path/win32";
import type { Platform } from "../../shared/config/platform.ts";
import { LABEL, launchdPlist } from "./launchd_plist.ts";
import type { ServiceSettings } from "./service_settings.ts";
import { ownFolders, systemdUnit } from "./systemd_unit.ts";
import { windowsTask } from "./windows_task.ts";

/** A program with its arguments. */
export type SystemCommand = readonly [program: string, ...args: string[]];

/** A service on one platform. */
export interface ServicePlan {
  /** Such as `systemd`. */
  manager: string;
  /** The file that is written. */
  file: { path: string; text: string };
  /** Where a package puts the same file; a service that is there is used as it is. */
  packaged: readonly string[];
  /** A path that is there where the service manager runs; `undefined`: it always does. */
  presence: string | undefined;
  /** Has the service start with the machine; run after the file is written. */
  enable: readonly SystemCommand[];
  /** Starts it at once. */
  start: readonly SystemCommand[];
  /** Stops it. */
  stop: readonly SystemCommand[];
  /** Has it not start any more; run before the file is removed. */
  disable: readonly SystemCommand[];
  /** Run after the file is removed. */
  forget: readonly SystemCommand[];
  /** Ends with 0 while the service runs. */
  isActive: SystemCommand;
  /** Makes the user; `undefined` where the agent's usual user is always there. */
  makeUser: SystemCommand | undefined;
}

/** Whom the agent runs as, unless something else is said. */
export function usualUser(platform: Platform): string {
  return { linux: "agent", darwin: "root", windows: "SYSTEM" }[platform];
}

/** The plan for a platform. */
export function servicePlan(platform: Platform, settings: ServiceSettings): ServicePlan {
  switch (platform) {
    case "linux":
      return systemd(settings);
    case "darwin":
      return launchd(settings);
    case "windows":
      return scheduler(settings);
  }
}

function systemd(settings: ServiceSettings): ServicePlan {
  const unit = "agent.service";
  const { user, dataFolder } = settings;
  const folders = ownFolders(settings).flatMap((path): SystemCommand[] => [
    ["install", "-d", "-o", user, "-m", "0700", path],
    // As systemd does with the folders that it makes: root may have registered, and then the identity is root's.
    ...(path === dataFolder ? [["chown", "-R", `${user}:`, path] as const] : []),
  ]);
  const { installFolder, isUpgradable = false } = settings;
  const handOver: SystemCommand[] = installFolder !== undefined && isUpgradable
    ? [["chown", "-R", `${user}:`, installFolder]]
    : [];
  const home = ["--home-dir", dataFolder, "--no-create-home", "--shell", "/usr/sbin/nologin"];
  return {
    manager: "systemd",
    file: { path: `/etc/systemd/system/${unit}`, text: systemdUnit(settings) },
    packaged: [`/usr/lib/systemd/system/${unit}`, `/lib/systemd/system/${unit}`],
    presence: "/run/systemd/system",
    enable: [...folders, ...handOver, ["systemctl", "daemon-reload"], [
      "systemctl",
      "enable",
      unit,
    ]],
    start: [["systemctl", "restart", unit]],
    stop: [["systemctl", "stop", unit]],
    disable: [["systemctl", "disable", unit]],
    forget: [["systemctl", "daemon-reload"]],
    isActive: ["systemctl", "is-active", "--quiet", unit],
    makeUser: user === usualUser("linux")
      ? ["useradd", "--system", "--user-group", ...home, user]
      : undefined,
  };
}

function launchd(settings: ServiceSettings): ServicePlan {
  const path = `/Library/LaunchDaemons/${LABEL}.plist`;
  return {
    manager: "launchd",
    file: { path, text: launchdPlist(settings) },
    packaged: [],
    presence: undefined,
    // What lies in this folder starts with the machine.
    enable: [],
    start: [["launchctl", "bootstrap", "system", path]],
    stop: [["launchctl", "bootout", `system/${LABEL}`]],
    disable: [],
    forget: [],
    isActive: ["launchctl", "print", `system/${LABEL}`],
    makeUser: undefined,
  };
}

function scheduler(settings: ServiceSettings): ServicePlan {
  const path = joinWindows(dirname(settings.configFile), "agent-task.xml");
  const ask = (...args: string[]): SystemCommand => ["schtasks", ...args, "/TN", "agent"];
  return {
    manager: "the task scheduler",
    file: { path, text: windowsTask(settings) },
    packaged: [],
    presence: undefined,
    enable: [ask("/Create", "/F", "/XML", path)],
    start: [ask("/Run")],
    stop: [ask("/End")],
    disable: [ask("/Delete", "/F")],
    forget: [],
    isActive: ask("/Query"),
    makeUser: undefined,
  };
}
