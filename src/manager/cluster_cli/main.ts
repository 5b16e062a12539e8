/**
 * `manager cluster COMMAND`: how a cluster stands, and moving what is on it, for people and scripts.
 *
 * @module
 */

import { Option } from "@commander-js/extra-typings";
import { ClusterLink } from "../cluster/link/cluster_link.ts";
import { parseCommandLine } from "../config/command_line.ts";
import { loadManagerConfig } from "../config/load.ts";
import type { ManagerConfig } from "../config/schema.ts";
import { AgentError } from "../../shared/errors.ts";
import { type Finding, findings } from "./doctor.ts";
import { inspect } from "./inspection.ts";
import { rotateKeys } from "./rotate_keys.ts";
import { outageOf } from "./outage.ts";
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
  /** A sentence for its help. */
  about: string;
  flags?: readonly Option[];
  run(link: ClusterLink, given: Given): Promise<Said>;
}

const COMMANDS: Readonly<Record<string, ClusterCommand>> = {
  status: {
    about: "Shows the streams, how full they are, who leads them, and which managers live.",
    run: async (link) => statusOf(await inspect(link)),
  },
  nodes: {
    about: "Shows the managers that live, and who has which duty.",
    run: async (link) => {
      const found = await inspect(link);
      return { json: { nodes: found.nodes, duties: found.duties }, lines: nodeLines(found) };
    },
  },
  doctor: {
    about:
      "Says what is wrong with the cluster or may become so; ends with 1 when something is wrong.",
    run: async (link) => diagnosisOf(await inspect(link).then(findings, brokenDown)),
  },
  "rotate-keys": {
    about: "Makes a new key that signs tokens; tokens that are out stay good.",
    run: async (link) => {
      const kid = await rotateKeys(link);
      return { json: { kid }, lines: [`New key ${kid} signs tokens from now on`] };
    },
  },
  import: {
    about:
      "Moves a manager that was alone into an empty cluster. Stop it first, start the others afterwards.",
    flags: [
      new Option("--from <folder>", "data folder of the manager that was alone")
        .makeOptionMandatory(),
      new Option("--dry-run", "say what would be imported, and change nothing"),
    ],
    run: async (link, given) => (await import("./import/command.ts")).runImport(link, given),
  },
  backup: {
    about: "Puts a snapshot of every stream into a folder; managers may run.",
    flags: [
      new Option("--to <folder>", "folder of the backup, which is not there yet")
        .makeOptionMandatory(),
    ],
    run: async (link, { own }) => (await import("./backup/commands.ts")).runBackup(link, own),
  },
  restore: {
    about: "Puts a backup back on an empty cluster, whose managers are stopped.",
    flags: [
      new Option("--from <folder>", "folder of the backup").makeOptionMandatory(),
      new Option("--replace", "remove what is on the cluster first"),
    ],
    run: async (link, { own }) => (await import("./backup/commands.ts")).runRestore(link, own),
  },
};

const ABOUT = "Shows how a cluster of managers stands, and moves what is on it.";

const COMMAND_LIST = `
Commands:
  status        streams, how full they are, who leads them, which managers live
  nodes         the managers that live, and who has which duty
  doctor        what is wrong or may become so; ends with 1 when something is wrong
  rotate-keys   a new key that signs tokens; tokens that are out stay good
  import        moves a manager that was alone into an empty cluster (--from FOLDER, --dry-run)
  backup        every stream into a folder, while managers run (--to FOLDER)
  restore       puts a backup back on an empty cluster (--from FOLDER, --replace)
`;

const NOTES = `
The cluster is named by these options or by the configuration file of one of its managers.`;

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
  const { own, ...given } = parseCommandLine(command === undefined ? [name, ...rest] : rest, {
    name: `manager cluster ${command === undefined ? "COMMAND" : name}`,
    flags: [new Option("--json", "print JSON"), ...command?.flags ?? []],
    help: command === undefined ? COMMAND_LIST + NOTES : NOTES,
    command: { about: command?.about ?? ABOUT, section: "cluster." },
  });
  if (command === undefined) throw unknown(name);
  const { config } = await loadManagerConfig({ ...given, env: Deno.env.toObject() });
  if (config.cluster.servers.length === 0) throw noServers();
  const link = await ClusterLink.open(config.cluster);
  try {
    const { json, lines, status = 0 } = await command.run(link, { config, own });
    console.log(own.json === true ? JSON.stringify(json) : lines.join("\n"));
    return status;
  } catch (error) {
    throw outageOf(error) ?? error;
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

/** @throws `error` itself when the servers are not the reason */
function brokenDown(error: unknown): Finding[] {
  const outage = outageOf(error);
  if (outage === undefined) throw error;
  return [{ level: "wrong", text: outage.message, ...(outage.hint && { hint: outage.hint }) }];
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
