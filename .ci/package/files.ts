/**
 * What is in the packages and archives, and where.
 *
 * @module
 */

import { ReloadRequests } from "../../src/agent/process/signals.ts";
import { gzipSync } from "node:zlib";
import { runProgram } from "../../src/agent/cli/program.ts";
import { PACKAGED } from "../../src/agent/service/documents.ts";
import { systemdUnit } from "../../src/agent/service/systemd_unit.ts";
import type { PlatformNames } from "./platforms.ts";

/** One file or folder of a package. */
export interface PackedFile {
  /** Absolute in a package, relative in an archive. */
  path: string;
  /** Permission bits. */
  mode: number;
  /** Bytes, or the file that has them; absent for an empty folder. */
  content?: Uint8Array | { copyOf: string };
  /** What a link leads to; it has no content of its own. */
  linkTo?: string;
  /** True for what belongs to the administrator once it is installed. */
  isConfiguration?: boolean;
}

/** Where to take things from. */
export interface Sources {
  /** The project's folder. */
  root: string;
  /** The compiled agent. */
  executable: string;
  version: string;
  /** The time that is given to all files, in seconds since 1970. */
  epoch: number;
}

/** Files that are no configuration of this machine. */
const SHARED = "/usr/share/agent";
/** Where the versions of the program lie, see `src/agent/upgrade/installation.ts`. */
const PROGRAM = "/usr/lib/agent";
/** Where editors find what may stand in the configuration. */
const SCHEMA = `${SHARED}/agent.schema.json`;

/** The files of a `.deb` or an `.rpm`. */
export async function installedFiles(
  { root, executable, version, epoch }: Sources,
  format: "deb" | "rpm",
): Promise<PackedFile[]> {
  const read = (path: string) => Deno.readFile(`${root}/${path}`);
  const zsh = format === "deb" ? "vendor-completions" : "site-functions";
  const doc = "/usr/share/doc/agent";
  const program = `${PROGRAM}/versions/${version}/agent`;
  return [
    file("/etc/agent/agent.yaml", await silentSample(root, SCHEMA), { isConfiguration: true }),
    file(SCHEMA, await read("config/agent.schema.json")),
    file(`${SHARED}/prometheus-alerts.yaml`, await read("config/prometheus-alerts.yaml")),
    file(`${SHARED}/grafana-dashboard.json`, await read("config/grafana-dashboard.json")),
    file(`${SHARED}/sca/linux_baseline.yml`, await read("config/sca/linux_baseline.yml")),
    file(program, { copyOf: executable }, { mode: 0o755 }),
    link(`${PROGRAM}/current`, `versions/${version}`),
    link("/usr/bin/agent", "../lib/agent/current/agent"),
    file("/usr/lib/systemd/system/agent.service", new TextEncoder().encode(systemdUnit(PACKAGED))),
    file("/usr/share/bash-completion/completions/agent", await printed("completions", "bash")),
    file("/usr/share/fish/vendor_completions.d/agent.fish", await printed("completions", "fish")),
    file(`/usr/share/zsh/${zsh}/_agent`, await printed("completions", "zsh")),
    file("/usr/share/man/man1/agent.1.gz", zipped(await printed("help", "man"))),
    file(`${doc}/changelog.gz`, zipped(await read("CHANGELOG.md"))),
    ...(format === "deb"
      ? [
        file(`${doc}/changelog.Debian.gz`, zipped(debianChangelog(version, epoch))),
        file(`${doc}/copyright`, await read(".ci/package/debian/copyright")),
        file("/usr/share/lintian/overrides/agent", await read(".ci/package/debian/overrides")),
      ]
      : [file("/usr/share/licenses/agent/LICENSE", await read("LICENSE"))]),
    { path: "/var/lib/agent", mode: 0o700 },
  ];
}

/** The files of an archive to be unpacked by hand. */
export async function archivedFiles(
  { root, executable }: Sources,
  { system }: PlatformNames,
): Promise<PackedFile[]> {
  const read = (path: string) => Deno.readFile(`${root}/${path}`);
  const everywhere = [
    // agent service install puts it where it can be replaced.
    file(system === "windows" ? "agent.exe" : "agent", { copyOf: executable }, { mode: 0o755 }),
    file("agent.yaml", await silentSample(root)),
    file("agent.schema.json", await read("config/agent.schema.json")),
    file("completions/agent.ps1", await printed("completions", "powershell")),
    file("CHANGELOG.md", await read("CHANGELOG.md")),
    file("LICENSE", await read("LICENSE")),
  ];
  if (system === "windows") return everywhere;
  const baseline = file("sca/linux_baseline.yml", await read("config/sca/linux_baseline.yml"));
  const service = system === "linux" ? "agent.service" : "com.example.agent.plist";
  return [
    ...everywhere,
    ...(system === "linux" ? [baseline] : []),
    file(service, await read(`config/${service}`)),
    file("agent.1", await printed("help", "man")),
    file("completions/agent.bash", await printed("completions", "bash")),
    file("completions/agent.fish", await printed("completions", "fish")),
    file("completions/_agent", await printed("completions", "zsh")),
  ];
}

/** What Debian's tools read of a package's history; people read the project's. */
function debianChangelog(version: string, epoch: number): Uint8Array {
  const date = new Date(epoch * 1000).toUTCString().replace("GMT", "+0000");
  return new TextEncoder().encode(`agent (${version}-1) stable; urgency=medium

  * Version ${version}: see changelog.gz.

 -- The agent's maintainers <agent@example.com>  ${date}
`);
}

/** What a command of the agent prints: the executable itself may be for another platform. */
async function printed(...args: string[]): Promise<Uint8Array> {
  let text = "";
  let complaints = "";
  const code = await runProgram(args, {
    stdout: (part) => void (text += part),
    stderr: (part) => void (complaints += part),
    env: {},
    isTerminal: { stdin: false, stdout: false, stderr: false },
    readStdin: () => Promise.resolve(""),
    flushStderr: () => Promise.resolve(),
    promptHidden: () => Promise.resolve(null),
    signal: new AbortController().signal,
    reloads: new ReloadRequests(),
  });
  if (code !== 0) throw new Error(`agent ${args.join(" ")} ended with ${code}: ${complaints}`);
  return new TextEncoder().encode(text);
}

function file(
  path: string,
  content: NonNullable<PackedFile["content"]>,
  { mode = 0o644, isConfiguration = false }: { mode?: number; isConfiguration?: boolean } = {},
): PackedFile {
  return { path, mode, content, isConfiguration };
}

function link(path: string, linkTo: string): PackedFile {
  return { path, mode: 0o777, linkTo, isConfiguration: false };
}

/** Without a name or a time in it: the same text always gives the same bytes. */
function zipped(bytes: Uint8Array): Uint8Array {
  return gzipSync(bytes, { level: 9 });
}

/**
 * The sample configuration with every option commented out: a default that stood in the file would be stronger than what the
 * manager gives to a group, and than the defaults of later versions. The schema lies beside it unless another path is given.
 */
async function silentSample(root: string, schema = "agent.schema.json"): Promise<Uint8Array> {
  const sample = await Deno.readTextFile(`${root}/config/agent.yaml`);
  const text = silenced(sample).replace("$schema=agent.schema.json", () => `$schema=${schema}`);
  return new TextEncoder().encode(text);
}

/** The text of a configuration with a `#` before each line that is no comment. */
export function silenced(yaml: string): string {
  return yaml.replace(/^( *)([^#\s].*)$/gm, "#$1$2");
}
