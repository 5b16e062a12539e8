/**
 * The operating system: one document.
 *
 * @module
 */

import { type OsFacts, parseOs, versionParts } from "../formats/os_release.ts";
import { type CollectContext, type Findings, type InventoryCollector, orNull } from "../item.ts";
import type { Machine } from "../machine.ts";

/** A system, with what the kernel says of itself. */
interface SystemFacts extends OsFacts {
  hostname: string;
  architecture: string;
  kernelName: string;
  kernelRelease?: string | undefined;
  kernelVersion?: string | undefined;
}

/** Reads `/etc/os-release` and `/proc/sys/kernel`. */
export const systemCollector: InventoryCollector = {
  name: "system",
  schemas: ["6.0", "5.0"],
  subject: {
    category: "host",
    create: ["system-detected", "info"],
    update: ["system-updated", "change"],
    member: "host",
    describe(document) {
      const { os } = document.host as { os: { name: string; version: string | null } };
      return `System ${os.name}${os.version === null ? "" : ` (version ${os.version})`}`;
    },
  },
  collect: ({ machine, schema }) => find(readSystem(machine), schema),
};

function find(facts: SystemFacts, schema: CollectContext["schema"]): Findings {
  const parts = schema === "6.0" ? [facts.name] : [facts.name, facts.version ?? ""];
  const os = schema === "6.0" ? osOfSix(facts) : osOfFive(facts);
  const { architecture, hostname } = facts;
  const document = { host: { architecture, hostname, os } };
  return { items: [{ key: "system", idParts: parts, document }], problems: [] };
}

function readSystem(machine: Machine): SystemFacts {
  const kernel = (name: string) =>
    machine.readText(`/proc/sys/kernel/${name}`)?.trim() || undefined;
  return {
    ...readOs(machine),
    hostname: hostname(machine),
    architecture: Deno.build.arch,
    kernelName: kernelName(machine),
    kernelRelease: kernel("osrelease") ?? Deno.osRelease(),
    kernelVersion: kernel("version"),
  };
}

/** A running machine was perhaps renamed; below another root only its file tells. */
function hostname(machine: Machine): string {
  const [kernel, file] = ["/proc/sys/kernel/hostname", "/etc/hostname"]
    .map((path) => machine.readText(path)?.trim());
  return (machine.isOwn ? kernel || file : file || kernel) || Deno.hostname();
}

function readOs(machine: Machine): OsFacts {
  switch (machine.platform) {
    case "darwin":
      return { name: "macOS", platform: "darwin", version: macVersion(machine) };
    case "windows":
      return { name: "Windows", platform: "windows", version: Deno.osRelease() };
    default: {
      const text = machine.readText("/etc/os-release") ?? machine.readText("/usr/lib/os-release");
      return parseOs(text ?? "", machine.readText("/etc/debian_version"));
    }
  }
}

function macVersion(machine: Machine): string | undefined {
  const plist = machine.readText("/System/Library/CoreServices/SystemVersion.plist") ?? "";
  return /<key>ProductVersion<\/key>\s*<string>([^<]+)<\/string>/.exec(plist)?.[1];
}

function kernelName({ platform }: Machine): string {
  return platform === "darwin" ? "Darwin" : platform === "windows" ? "Windows" : "Linux";
}

function osOfSix(facts: SystemFacts) {
  return {
    full: orNull(facts.full),
    kernel: orNull(facts.kernelRelease),
    name: facts.name,
    platform: orNull(facts.platform),
    type: facts.kernelName.toLowerCase(),
    version: orNull(facts.version),
  };
}

function osOfFive(facts: SystemFacts) {
  return {
    build: orNull(facts.build),
    codename: orNull(facts.codename),
    distribution: { release: null },
    full: orNull(facts.full),
    kernel: {
      name: facts.kernelName,
      release: orNull(facts.kernelRelease),
      version: orNull(facts.kernelVersion),
    },
    ...versionParts(facts.version),
    name: facts.name,
    platform: orNull(facts.platform),
    type: facts.kernelName.toLowerCase(),
    version: orNull(facts.version),
  };
}
