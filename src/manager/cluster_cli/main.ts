/**
 * `manager cluster COMMAND`: how a cluster stands, for people and scripts.
 *
 * @module
 */

import { Option } from "@commander-js/extra-typings";
import { ClusterLink } from "../cluster/cluster_link.ts";
import type { ClusterOptions } from "../cluster/options_schema.ts";
import { parseCommandLine } from "../config/command_line.ts";
import { loadManagerConfig } from "../config/load.ts";
import { AgentError } from "../../shared/errors.ts";
import { type Finding, findings } from "./doctor.ts";
import { inspect, type Inspection } from "./inspection.ts";
import { rotateKeys } from "./rotate_keys.ts";
import { nodeLines, statusLines } from "./text.ts";

const COMMANDS = ["status", "nodes", "doctor", "rotate-keys"] as const;

type CommandName = (typeof COMMANDS)[number];

const HELP = `
Commands:
  status        streams, how full they are, who leads them, which managers live
  nodes         the managers that live, and who has which duty
  doctor        what is wrong or may become so; ends with 1 when something is wrong
  rotate-keys   a new key that signs tokens; tokens that are out stay good

The cluster is named by the options or the configuration file of a manager:
  $ manager cluster status --config manager.yaml
  $ manager cluster doctor --cluster nats://n1:4222 --cluster-secret cluster.secret --json`;

/**
 * Runs a command.
 *
 * @param argv what comes after `cluster`
 * @returns the exit status
 */
export async function runClusterCommand(argv: readonly string[]): Promise<number> {
  const [name = "--help", ...rest] = argv;
  const command = COMMANDS.find((known) => known === name);
  if (command === undefined && !name.startsWith("-")) throw unknown(name);
  const flags = [new Option("--json", "print JSON")];
  const { own, ...given } = parseCommandLine(command === undefined ? argv : rest, {
    name: `manager cluster ${command ?? "COMMAND"}`,
    flags,
    help: HELP,
  });
  if (command === undefined) throw unknown(name);
  const { config } = await loadManagerConfig({ ...given, env: Deno.env.toObject() });
  if (config.cluster.servers.length === 0) throw noServers();
  return await run(command, { options: config.cluster, json: own.json === true });
}

async function run(
  command: CommandName,
  { options, json }: { options: ClusterOptions; json: boolean },
): Promise<number> {
  const link = await ClusterLink.open(options);
  try {
    if (command === "rotate-keys") {
      const kid = await rotateKeys(link);
      print(json, { kid }, () => [`New key ${kid} signs tokens from now on`]);
      return 0;
    }
    const found = await inspect(link);
    return show(command, found, json);
  } finally {
    await link.close();
  }
}

function show(
  command: Exclude<CommandName, "rotate-keys">,
  found: Inspection,
  json: boolean,
): number {
  switch (command) {
    case "status":
      print(json, found, () => statusLines(found));
      return 0;
    case "nodes":
      print(json, { nodes: found.nodes, duties: found.duties }, () => nodeLines(found));
      return 0;
    case "doctor": {
      const all = findings(found);
      print(json, { findings: all }, () => all.map(findingLine));
      return all.some(({ level }) => level === "wrong") ? 1 : 0;
    }
  }
}

function findingLine({ level, text, hint }: Finding): string {
  return `${level.padEnd(8)} ${text}${hint === undefined ? "" : `\n         Try: ${hint}`}`;
}

function print(json: boolean, value: unknown, lines: () => string[]): void {
  console.log(json ? JSON.stringify(value) : lines().join("\n"));
}

function unknown(name: string): AgentError {
  return new AgentError("usage", `No command "cluster ${name}"`, {
    hint: `one of ${COMMANDS.join(", ")}`,
  });
}

function noServers(): AgentError {
  return new AgentError("config_invalid", "No cluster is named", {
    hint: "give --cluster nats://…, or --config with cluster.servers",
  });
}
