/**
 * `manager cluster COMMAND`: how a cluster stands, and moving what is on it, for people and scripts.
 *
 * @module
 */

import { Option } from "@commander-js/extra-typings";
import { ClusterLink } from "../cluster/cluster_link.ts";
import { parseCommandLine } from "../config/command_line.ts";
import { loadManagerConfig } from "../config/load.ts";
import type { ManagerConfig } from "../config/schema.ts";
import { AgentError } from "../../shared/errors.ts";
import { type Finding, findings } from "./doctor.ts";
import { inspect } from "./inspection.ts";
import { rotateKeys } from "./rotate_keys.ts";
import { nodeLines, statusLines } from "./text.ts";

/** What a command is run with. */
interface Given {
  config: ManagerConfig;
  /** Values of its own flags. */
  own: Readonly<Record<string, unknown>>;
}

/** What a command has to say. */
interface Said {
  /** For scripts. */
  json: unknown;
  /** For people. */
  lines: readonly string[];
  /** @default 0 */
  status?: number;
}

interface ClusterCommand {
  flags?: readonly Option[];
  run(link: ClusterLink, given: Given): Promise<Said>;
}

const COMMANDS: Readonly<Record<string, ClusterCommand>> = {
  status: { run: async (link) => statusOf(await inspect(link)) },
  nodes: {
    run: async (link) => {
      const found = await inspect(link);
      return { json: { nodes: found.nodes, duties: found.duties }, lines: nodeLines(found) };
    },
  },
  doctor: { run: async (link) => diagnosisOf(findings(await inspect(link))) },
  "rotate-keys": {
    run: async (link) => {
      const kid = await rotateKeys(link);
      return { json: { kid }, lines: [`New key ${kid} signs tokens from now on`] };
    },
  },
  import: {
    flags: [
      new Option("--from <folder>", "data folder of the manager that was alone")
        .makeOptionMandatory(),
      new Option("--dry-run", "say what would be imported, and change nothing"),
    ],
    run: async (link, given) => (await import("./import/command.ts")).runImport(link, given),
  },
  backup: {
    flags: [
      new Option("--to <folder>", "folder of the backup, which is not there yet")
        .makeOptionMandatory(),
    ],
    run: async (link, { own }) => (await import("./backup/commands.ts")).runBackup(link, own),
  },
  restore: {
    flags: [
      new Option("--from <folder>", "folder of the backup").makeOptionMandatory(),
      new Option("--replace", "remove what is on the cluster first"),
    ],
    run: async (link, { own }) => (await import("./backup/commands.ts")).runRestore(link, own),
  },
};

const HELP = `
Commands:
  status        streams, how full they are, who leads them, which managers live
  nodes         the managers that live, and who has which duty
  doctor        what is wrong or may become so; ends with 1 when something is wrong
  rotate-keys   a new key that signs tokens; tokens that are out stay good
  import        moves a manager that was alone into an empty cluster (--from FOLDER, --dry-run)
  backup        every stream into a folder, while managers run (--to FOLDER)
  restore       puts a backup back on an empty cluster (--from FOLDER, --replace)

The cluster is named by the options or the configuration file of a manager:
  $ manager cluster status --config manager.yaml
  $ manager cluster doctor --cluster nats://n1:4222 --cluster-secret cluster.secret --json
  $ manager cluster import --from /var/lib/manager --config manager.yaml`;

/**
 * Runs a command.
 *
 * @param argv what comes after `cluster`
 * @returns the exit status
 */
export async function runClusterCommand(argv: readonly string[]): Promise<number> {
  const [name = "--help", ...rest] = argv;
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (command === undefined && !name.startsWith("-")) throw unknown(name);
  const { own, ...given } = parseCommandLine(command === undefined ? argv : rest, {
    name: `manager cluster ${command === undefined ? "COMMAND" : name}`,
    flags: [new Option("--json", "print JSON"), ...command?.flags ?? []],
    help: HELP,
  });
  if (command === undefined) throw unknown(name);
  const { config } = await loadManagerConfig({ ...given, env: Deno.env.toObject() });
  if (config.cluster.servers.length === 0) throw noServers();
  const link = await ClusterLink.open(config.cluster);
  try {
    const { json, lines, status = 0 } = await command.run(link, { config, own });
    console.log(own.json === true ? JSON.stringify(json) : lines.join("\n"));
    return status;
  } finally {
    await link.close();
  }
}

function statusOf(found: Awaited<ReturnType<typeof inspect>>): Said {
  return { json: found, lines: statusLines(found) };
}

function diagnosisOf(all: readonly Finding[]): Said {
  const status = all.some(({ level }) => level === "wrong") ? 1 : 0;
  return { json: { findings: all }, lines: all.map(findingLine), status };
}

function findingLine({ level, text, hint }: Finding): string {
  return `${level.padEnd(8)} ${text}${hint === undefined ? "" : `\n         Try: ${hint}`}`;
}

function unknown(name: string): AgentError {
  return new AgentError("usage", `No command "cluster ${name}"`, {
    hint: `one of ${Object.keys(COMMANDS).join(", ")}`,
  });
}

function noServers(): AgentError {
  return new AgentError("config_invalid", "No cluster is named", {
    hint: "give --cluster nats://…, or --config with cluster.servers",
  });
}
