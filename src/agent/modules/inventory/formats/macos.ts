/**
 * What programs of macOS print: `system_profiler -json`, `lsof -nP -i -F pcPnT`, `dscl . -list` and `launchctl list`. Read from recorded
 * text; never tried on a machine.
 *
 * @module
 */

import * as z from "zod";
import type { Package } from "../packages/package.ts";
import { FormatError } from "./format_error.ts";
import type { Account } from "./account_files.ts";
import type { Service } from "./systemd_units.ts";

const APPLICATIONS = z.object({
  SPApplicationsDataType: z.array(z.object({
    _name: z.string(),
    version: z.string().optional(),
    path: z.string().optional(),
    lastModified: z.string().optional(),
    obtained_from: z.string().optional(),
    info: z.string().optional(),
  })),
});
const HARDWARE = z.object({
  SPHardwareDataType: z.array(z.object({
    serial_number: z.string().optional(),
    chip_type: z.string().optional(),
    cpu_type: z.string().optional(),
    number_processors: z.union([z.string(), z.number()]).optional(),
    current_processor_speed: z.string().optional(),
    physical_memory: z.string().optional(),
  })).min(1),
});
const BYTES = { KB: 2 ** 10, MB: 2 ** 20, GB: 2 ** 30, TB: 2 ** 40 } as const;

/**
 * Applications: `system_profiler -json SPApplicationsDataType`.
 *
 * @throws {SyntaxError} or {z.ZodError} for another text
 */
export function parseApplications(json: string): Package[] {
  return APPLICATIONS.parse(JSON.parse(json)).SPApplicationsDataType.map((one) => ({
    type: "macos",
    name: one._name,
    version: one.version ?? "",
    installed: isoOrUndefined(one.lastModified),
    path: one.path,
    source: one.obtained_from,
    vendor: one.info,
  }));
}

/**
 * Hardware: `system_profiler -json SPHardwareDataType`. Memory in bytes, speed in MHz.
 *
 * @throws {SyntaxError} or {z.ZodError} for another text
 */
export function parseMacHardware(json: string) {
  const [first] = HARDWARE.parse(JSON.parse(json)).SPHardwareDataType;
  const [, amount = "", unit = ""] = /^(\d+) (KB|MB|GB|TB)$/.exec(first?.physical_memory ?? "") ??
    [];
  const [, speed = ""] = /^([\d.]+) GHz$/.exec(first?.current_processor_speed ?? "") ?? [];
  // Apple's own chips: `proc 10:8:2`, of which the first is the sum.
  const cores = /\d+/.exec(String(first?.number_processors ?? ""))?.[0];
  return {
    serial: first?.serial_number,
    name: first?.chip_type ?? first?.cpu_type,
    cores: cores === undefined ? undefined : Number(cores),
    speed: speed === "" ? undefined : Math.round(Number(speed) * 1_000),
    total: unit === "" ? undefined : Number(amount) * BYTES[unit as keyof typeof BYTES],
  };
}

/** A socket of `lsof`. */
interface MacSocket {
  pid: number;
  command: string;
  protocol: "tcp" | "udp";
  local: { ip: string; port: number };
  state: string | undefined;
}

/** Sockets that wait for others: `lsof -nP -i -F pcPnT`, a field a line, its letter first. */
export function parseLsof(text: string): MacSocket[] {
  const found: MacSocket[] = [];
  const now = { pid: 0, command: "", protocol: "", name: "" };
  let state: string | undefined;
  const take = () => {
    const socket = socketOf(now, state);
    if (socket !== undefined) found.push(socket);
    now.name = "";
    state = undefined;
  };
  for (const line of text.split("\n")) {
    const value = line.slice(1);
    if (line[0] === "p" || line[0] === "f") take();
    if (line[0] === "p") now.pid = Number(value);
    if (line[0] === "c") now.command = value;
    if (line[0] === "P") now.protocol = value.toLowerCase();
    if (line[0] === "n") now.name = value;
    if (line.startsWith("TST=")) state = value.slice("ST=".length).toLowerCase();
  }
  take();
  return found;
}

function socketOf(
  { pid, command, protocol, name }: {
    pid: number;
    command: string;
    protocol: string;
    name: string;
  },
  state: string | undefined,
): MacSocket | undefined {
  const [, ip = "", port = ""] = /^(.*):(\d+)$/.exec(name) ?? [];
  const waits = protocol === "tcp" ? state === "listen" : protocol === "udp";
  // A connection has an arrow in its name.
  if (port === "" || name.includes("->") || !waits) return undefined;
  const address = ip === "*" ? "0.0.0.0" : ip.replace(/^\[|\]$/g, "");
  return {
    pid,
    command,
    protocol: protocol as "tcp" | "udp",
    local: { ip: address, port: Number(port) },
    state: state === "listen" ? "listening" : undefined,
  };
}

/**
 * Users: `dscl -plist . -readall` is long; `dscl . -readall /Users UniqueID PrimaryGroupID RealName NFSHomeDirectory UserShell RecordName`
 * prints blocks with a line `-` between them.
 */
export function parseDsclUsers(text: string): Account[] {
  return text.split(/^-$/m).flatMap((block) => {
    const value = (name: string) =>
      // A long value stands in the next line, behind a blank.
      new RegExp(`^${name}:(?: (.*)|\\n (.*))$`, "m").exec(block)?.slice(1).find(Boolean)?.trim();
    const [name] = value("RecordName")?.split(" ") ?? [];
    const [uid, gid] = [Number(value("UniqueID")), Number(value("PrimaryGroupID"))];
    if (!name || !Number.isInteger(uid) || !Number.isInteger(gid)) return [];
    return [{
      name,
      uid,
      gid,
      fullName: value("RealName") ?? "",
      home: value("NFSHomeDirectory") ?? "",
      shell: value("UserShell") ?? "",
    }];
  });
}

/**
 * Jobs: `launchctl list`, three columns below a heading.
 *
 * @throws {FormatError} for another text
 */
export function parseLaunchctl(text: string): Service[] {
  const [heading, ...lines] = text.split("\n");
  if (!/^PID\tStatus\tLabel$/.test(heading ?? "")) {
    throw new FormatError("expected the columns PID, Status and Label", 1);
  }
  return lines.filter((line) => line !== "").map((line) => {
    const [pid = "", , name = ""] = line.split("\t");
    return { name, state: pid === "-" ? "inactive" : "active" };
  });
}

function isoOrUndefined(text: string | undefined): string | undefined {
  const ms = Date.parse(text ?? "");
  return Number.isNaN(ms) ? undefined : new Date(ms).toISOString();
}
