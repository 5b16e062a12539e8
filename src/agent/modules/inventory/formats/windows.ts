/**
 * What programs of Windows print: `reg query /s`, `netstat -ano`, `tasklist /fo csv` and PowerShell's `ConvertTo-Json`. Read from recorded
 * text; never tried on a machine.
 *
 * @module
 */

import * as z from "zod";
import { countIn, type Package } from "../packages/package.ts";
import type { Socket } from "./socket_table.ts";
import type { Service } from "./systemd_units.ts";

const BYTES_PER_KIB = 1_024;
const VALUE = /^ {4}(\S.*?) {4}REG_([A-Z_]+) {4}(.*)$/;

/**
 * Programs: `reg query …\Uninstall /s`; a key a block, with its values behind blanks. Parts of Windows and updates of programs are no
 * programs of their own.
 */
export function parseUninstallKeys(text: string, architecture: "x86_64" | "i686"): Package[] {
  return text.split(/\r?\n\r?\n/).flatMap((block) => {
    const values = new Map<string, string>();
    for (const line of block.split(/\r?\n/)) {
      const [, name = "", type = "", value = ""] = VALUE.exec(line) ?? [];
      if (name !== "") values.set(name, type === "DWORD" ? String(Number(value)) : value.trim());
    }
    const name = values.get("DisplayName");
    if (!name || values.get("SystemComponent") === "1" || values.has("ParentKeyName")) return [];
    const kib = countIn(values.get("EstimatedSize"));
    return [{
      type: "win" as const,
      name,
      version: values.get("DisplayVersion") ?? "",
      architecture,
      installed: dayIn(values.get("InstallDate")),
      size: kib === undefined ? undefined : kib * BYTES_PER_KIB,
      path: values.get("InstallLocation") || undefined,
      vendor: values.get("Publisher") || undefined,
    }];
  });
}

/** `ConvertTo-Json` makes an object of a list with one entry, and nothing of an empty one. */
function listIn(json: string): unknown[] {
  return json.trim() === "" ? [] : [JSON.parse(json)].flat();
}

const HOTFIX = z.object({ HotFixID: z.string().regex(/^KB\d+$/i) });
const SERVICE = z.object({
  Name: z.string(),
  DisplayName: z.string().nullish(),
  State: z.string().nullish(),
  StartMode: z.string().nullish(),
  PathName: z.string().nullish(),
  StartName: z.string().nullish(),
});

/**
 * Hotfixes: `Get-HotFix | Select-Object HotFixID | ConvertTo-Json`. What has no number is passed over.
 *
 * @throws {SyntaxError} when it is no JSON
 */
export function parseHotfixes(json: string): string[] {
  const names = listIn(json).flatMap((one) => {
    const { success, data } = HOTFIX.safeParse(one);
    return success ? [data.HotFixID.toUpperCase()] : [];
  });
  return [...new Set(names)];
}

/**
 * Services: `Get-CimInstance Win32_Service | Select-Object Name,DisplayName,State,StartMode,PathName,StartName | ConvertTo-Json`.
 *
 * @throws {SyntaxError} or {z.ZodError} for another text
 */
export function parseWindowsServices(json: string): Service[] {
  return z.array(SERVICE).parse(listIn(json)).map((one) => ({
    name: one.Name,
    description: one.DisplayName ?? undefined,
    state: one.State === "Running" ? "active" : "inactive",
    enabled: one.StartMode?.toLowerCase(),
    executable: executableIn(one.PathName ?? ""),
    user: one.StartName ?? undefined,
  }));
}

/** A path with blanks stands in quotes, or does not. */
function executableIn(line: string): string | undefined {
  return /^"([^"]+)"/.exec(line)?.[1] ?? /^(.*?\.exe)\b/i.exec(line)?.[1] ?? (line || undefined);
}

/** A socket with the number of its process. */
type WindowsSocket = Omit<Socket, "inode"> & { pid: number };

const NETSTAT =
  /^\s*(TCP|UDP)\s+(\[?[^\s\]]*\]?):(\d+)\s+(\[?[^\s\]]*\]?):(\d+|\*)\s+(?:([A-Z_0-9]+)\s+)?(\d+)\s*$/gm;

/** Sockets: `netstat -ano`. */
export function parseNetstat(text: string): WindowsSocket[] {
  return Array.from(text.matchAll(NETSTAT), ([, ...fields]): WindowsSocket => {
    const [kind = "", ip = "", port = "", remoteIp = "", remotePort = "", state, pid = ""] = fields;
    const isSix = ip.startsWith("[");
    const bare = (address: string) => address.replace(/^\[|(%\d+)?\]$/g, "");
    return {
      protocol: `${kind.toLowerCase() as "tcp" | "udp"}${isSix ? "6" : ""}`,
      local: { ip: bare(ip), port: Number(port) },
      remote: {
        ip: remoteIp === "*" ? (isSix ? "::" : "0.0.0.0") : bare(remoteIp),
        port: remotePort === "*" ? 0 : Number(remotePort),
      },
      state: state?.toLowerCase(),
      sendQueue: 0,
      receiveQueue: 0,
      pid: Number(pid),
    };
  });
}

/** Names of processes by number: `tasklist /fo csv /nh`. */
export function parseTasklist(text: string): Map<number, string> {
  const names = new Map<number, string>();
  for (const [, name = "", pid = ""] of text.matchAll(/^"((?:[^"]|"")*)","(\d+)",/gm)) {
    names.set(Number(pid), name.replaceAll('""', '"'));
  }
  return names;
}

/** `20240531`. */
function dayIn(text: string | undefined): string | undefined {
  const [, year, month, day] = /^(\d{4})(\d{2})(\d{2})$/.exec(text ?? "") ?? [];
  const ms = Date.parse(`${year}-${month}-${day}T00:00:00Z`);
  return Number.isNaN(ms) ? undefined : new Date(ms).toISOString();
}
