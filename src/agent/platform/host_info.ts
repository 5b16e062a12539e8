/**
 * What the agent tells the server about its machine.
 *
 * Reading and parsing are apart. What can't be found out (no permission, an odd system) has a plain
 * stand-in: it never keeps an agent from starting.
 *
 * @module
 */

import type { HostInfo } from "../../shared/protocol/wire.ts";

/** Most addresses told: a machine with containers can have thousands. */
const MAX_ADDRESSES = 32;

/** Reads what there is to know now. Never throws. */
export function readHostInfo(): HostInfo {
  return {
    architecture: Deno.build.arch,
    hostname: attempt(() => Deno.hostname(), "") || "localhost",
    ip: publicAddresses(attempt(() => Deno.networkInterfaces(), [])),
    os: readOs(),
  };
}

/**
 * Addresses by which others may know this machine: no loopback, no link-local, none twice, at most
 * 32.
 */
export function publicAddresses(interfaces: readonly { address: string }[]): string[] {
  const addresses = interfaces.map(({ address }) => address).filter((address) =>
    !/^(127\.|169\.254\.|::1$|fe[89ab][0-9a-f]:)/i.test(address)
  );
  return [...new Set(addresses)].slice(0, MAX_ADDRESSES);
}

/** Name and version out of `/etc/os-release`; members that it does not have are left out. */
export function parseOsRelease(text: string): { name?: string; version?: string } {
  const values = new Map<string, string>();
  for (const [, key = "", value = ""] of text.matchAll(/^[ \t]*([A-Z_]+)=(.*?)[ \t\r]*$/gm)) {
    values.set(key, unquote(value));
  }
  const name = values.get("NAME") || values.get("ID");
  const version = values.get("VERSION_ID") || values.get("BUILD_ID");
  return { ...(name && { name }), ...(version && { version }) };
}

/** Product version out of macOS's `SystemVersion.plist`. */
export function parseSystemVersion(plist: string): string | undefined {
  return /<key>ProductVersion<\/key>\s*<string>([^<]+)<\/string>/.exec(plist)?.[1];
}

function readOs(): HostInfo["os"] {
  const kernel = attempt(() => Deno.osRelease(), "") || "unknown";
  switch (Deno.build.os) {
    case "darwin": {
      const plist = readText("/System/Library/CoreServices/SystemVersion.plist");
      return { name: "macOS", type: "macOS", version: parseSystemVersion(plist) ?? kernel };
    }
    case "windows":
      return { name: "Windows", type: "Windows", version: kernel };
    default: {
      const text = readText("/etc/os-release") || readText("/usr/lib/os-release");
      return { name: "Linux", type: "Linux", version: kernel, ...parseOsRelease(text) };
    }
  }
}

/** Values are written as a shell would read them. */
function unquote(value: string): string {
  const quoted = /^"(.*)"$|^'(.*)'$/.exec(value);
  return (quoted?.[1] ?? quoted?.[2] ?? value).replace(/\\(["'$`\\])/g, "$1");
}

function readText(path: string): string {
  return attempt(() => Deno.readTextFileSync(path), "");
}

function attempt<T>(read: () => T, standIn: T): T {
  try {
    return read();
  } catch {
    return standIn;
  }
}
