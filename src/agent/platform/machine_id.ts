/**
 * The id of the machine, which tells a copy of its disk from the machine itself. Not to be sent or stored as it is: see
 * machine-id(5).
 *
 * @module
 */

/** Where Linux has it; the second is what D-Bus had before systemd. */
const FILES = ["/etc/machine-id", "/var/lib/dbus/machine-id"];

/** What is asked elsewhere, by absolute path: a program of that name in the folder at hand is not meant. */
const COMMANDS: Readonly<Record<string, readonly [string, ...string[]]>> = {
  darwin: ["/usr/sbin/ioreg", "-rd1", "-c", "IOPlatformExpertDevice"],
  windows: [
    "C:\\Windows\\System32\\reg.exe",
    "query",
    "HKLM\\SOFTWARE\\Microsoft\\Cryptography",
    "/v",
    "MachineGuid",
  ],
};

/** Reads it; `undefined` where there is none. Never throws. Starts a program on macOS and Windows. */
export async function readMachineId(os: string = Deno.build.os): Promise<string | undefined> {
  const command = COMMANDS[os];
  const texts = command === undefined ? FILES.map(readText) : [await outputOf(command)];
  return texts.map(parseMachineId).find((id) => id !== undefined);
}

/** The id in a file of it, or in what `ioreg` or `reg` print. An image that is to be copied has `uninitialized` there. */
export function parseMachineId(text: string): string | undefined {
  const plain = /^\s*([0-9a-f]{32})\s*$/i.exec(text);
  const named = /(?:IOPlatformUUID"?\s*=|MachineGuid\s+REG_SZ)\s*"?([0-9a-f-]{36})/i.exec(text);
  const id = (plain ?? named)?.[1]?.toLowerCase();
  return id === undefined || /^[0-]+$/.test(id) ? undefined : id;
}

function readText(path: string): string {
  try {
    return Deno.readTextFileSync(path);
  } catch {
    return "";
  }
}

async function outputOf([program, ...args]: readonly [string, ...string[]]): Promise<string> {
  try {
    const { stdout } = await new Deno.Command(program, { args, stderr: "null" }).output();
    return new TextDecoder().decode(stdout);
  } catch {
    return "";
  }
}
