import { loadConfig } from "../../config/load.ts";
import type { AgentConfig } from "../../config/schema.ts";
import { STORED } from "../../config/stored.ts";
import { warningLine } from "../warning.ts";
import type { CliIo } from "../cli_io.ts";

/** Options of every command that looks into the queue. */
export type QueueCommandOptions = {
  config?: string | undefined;
  json?: true | undefined;
};

/**
 * The configuration in force, and a reader of its queue. Loaded only when it is needed, as SQLite is.
 *
 * @throws {AgentError} `config_invalid`; `not_registered` or `failed` when there is no queue
 */
export async function openReader(io: CliIo, file: string | undefined) {
  const config = await configOf(io, file);
  const { openQueueReader } = await import("../../app/queue/queue_inspection.ts");
  return { config, reader: openQueueReader(config) };
}

/**
 * The configuration in force.
 *
 * @throws {AgentError} `config_invalid`
 */
export async function configOf(io: CliIo, file: string | undefined): Promise<AgentConfig> {
  const { config, warnings } = await loadConfig({ file, env: io.env, ...STORED });
  for (const warning of warnings) io.stderr(warningLine(warning));
  return config;
}
