/**
 * What macOS and Windows say through their programs. Never tried on such a machine.
 *
 * @module
 */

import type { Account } from "../formats/account_files.ts";
import { parseDsclUsers, parseLaunchctl, parseLsof, parseMacHardware } from "../formats/macos.ts";
import type { Socket } from "../formats/socket_table.ts";
import type { Service } from "../formats/systemd_units.ts";
import { parseNetstat, parseTasklist, parseWindowsServices } from "../formats/windows.ts";
import type { CollectContext } from "../item.ts";

type Context = Pick<CollectContext, "machine" | "signal">;

/** A socket with whose it is. */
interface OwnedSocket {
  socket: Socket;
  owner: { pid: number; name: string | undefined };
}

const SYSTEM32 = String.raw`C:\Windows\System32`;
/** Of `powershell.exe`; programs are run without a search path. */
export const POWERSHELL = String.raw`${SYSTEM32}\WindowsPowerShell\v1.0\powershell.exe`;
/** Asks PowerShell without the profile of a user, and without waiting for one. */
export const POWERSHELL_ARGS = ["-NoProfile", "-NonInteractive", "-Command"] as const;

const SERVICES_COMMAND = "Get-CimInstance Win32_Service | Select-Object " +
  "Name,DisplayName,State,StartMode,PathName,StartName | ConvertTo-Json";
const USER_KEYS = [
  "RecordName",
  "UniqueID",
  "PrimaryGroupID",
  "RealName",
  "NFSHomeDirectory",
  "UserShell",
] as const;

/** Sockets: by `lsof`, which names only those that wait for others, or by `netstat`. */
export async function foreignSockets({ machine, signal }: Context): Promise<OwnedSocket[]> {
  if (machine.platform === "darwin") {
    const args = ["-nP", "-i", "-F", "pcPnT"];
    return parseLsof(await machine.run("/usr/sbin/lsof", args, signal) ?? "").map((one) => ({
      owner: { pid: one.pid, name: one.command },
      socket: {
        ...one,
        remote: { ip: "0.0.0.0", port: 0 },
        inode: "",
        sendQueue: 0,
        receiveQueue: 0,
      },
    }));
  }
  const run = (name: string, args: string[]) => machine.run(`${SYSTEM32}\\${name}`, args, signal);
  const names = parseTasklist(await run("tasklist.exe", ["/fo", "csv", "/nh"]) ?? "");
  return parseNetstat(await run("netstat.exe", ["-ano"]) ?? "").map(({ pid, ...socket }) => ({
    socket: { ...socket, inode: "" },
    owner: { pid, name: names.get(pid) },
  }));
}

/** Services: jobs of launchd, or services of Windows. */
export async function foreignServices({ machine, signal }: Context): Promise<Service[]> {
  if (machine.platform === "darwin") {
    return parseLaunchctl(await machine.run("/bin/launchctl", ["list"], signal) ?? "");
  }
  const args = [...POWERSHELL_ARGS, SERVICES_COMMAND];
  return parseWindowsServices(await machine.run(POWERSHELL, args, signal) ?? "");
}

/** Users of macOS. */
export async function macUsers({ machine, signal }: Context): Promise<Account[]> {
  const args = [".", "-readall", "/Users", ...USER_KEYS];
  return parseDsclUsers(await machine.run("/usr/bin/dscl", args, signal) ?? "");
}

/** Hardware of a Mac. */
export async function macHardware({ machine, signal }: Context) {
  const args = ["-json", "SPHardwareDataType"];
  return parseMacHardware(await machine.run("/usr/sbin/system_profiler", args, signal) ?? "");
}
