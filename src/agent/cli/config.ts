/**
 * `agent config check`, `agent config show` and `agent config schema`.
 *
 * @module
 */

import { Command } from "@commander-js/extra-typings";
import { findModuleProblems } from "../app/module_checks.ts";
import { tlsProblems } from "../app/tls_check.ts";
import { invalidConfig } from "../../shared/config/given.ts";
import { currentPlatform } from "../../shared/config/platform.ts";
import { loadConfig, type LoadedConfig } from "../config/load.ts";
import { listOptions } from "../config/options.ts";
import { configSchema } from "../config/schema.ts";
import { STORED } from "../config/stored.ts";
import type { Module } from "../modules/module.ts";
import { MODULES } from "../modules/modules.ts";
import type { GroupFilesReport } from "../../shared/protocol/groups.ts";
import { durationText, visible } from "../../shared/text.ts";
import { reportGroupFiles } from "../identity/group_files.ts";
import type { CliIo } from "./cli_io.ts";
import { warningLine } from "./warning.ts";
import { CONFIG_OPTION } from "./config_option.ts";

/** The command `config` with its three subcommands, over the options of `modules`. */
export function configCommand(
  io: CliIo,
  { modules = MODULES }: { modules?: readonly Module[] } = {},
): Command {
  const command = new Command("config")
    .description("Check and show the configuration");
  command.command("check")
    .description("Say whether the configuration is valid, and everything that is wrong with it")
    .option(...CONFIG_OPTION)
    .option("--json", "print JSON for programs")
    .addHelpText("after", CHECK_HELP)
    .action(({ config, json = false }) => check(io, { file: config, json }, modules));
  command.command("show")
    .description("Print what a start would take, and where each value comes from")
    .option(...CONFIG_OPTION)
    .option("--json", "print JSON for programs")
    .addHelpText("after", example("agent config show --json"))
    .action(({ config, json }) => show(io, { file: config, json: json ?? false }));
  command.command("schema")
    .description("Print the JSON Schema of the configuration file, for editors")
    .addHelpText("after", example("agent config schema > agent.schema.json"))
    .action(() => schema(io));
  return command;
}

const CHECK_HELP = `
Also whether certificates and keys can be used, and whether each enabled module can work on this
machine. A running agent is not asked.
${example("agent config check --config /etc/agent/agent.yaml")}`;

function example(line: string): string {
  return `\nExample:\n  $ ${line}\n`;
}

async function check(
  io: CliIo,
  { file, json }: { file: string | undefined; json: boolean },
  modules: readonly Module[],
): Promise<void> {
  const loaded = await load(io, file, modules);
  const found = await findModuleProblems(loaded, { modules, signal: io.signal });
  for (const warning of found.warnings) io.stderr(warningLine(warning));
  const ofTls = tlsProblems(loaded);
  const problems = [...ofTls, ...found.problems];
  // What a module says to do is no help with a certificate.
  const hint = ofTls.length === 0 ? found.hint : undefined;
  if (problems.length > 0) throw invalidConfig(problems, loaded.file, hint);
  if (json) {
    const warnings = [...loaded.warnings, ...found.warnings];
    const document = { schema: 1, valid: true, file: loaded.file ?? null, warnings };
    return io.stdout(`${JSON.stringify(document)}\n`);
  }
  const subject = loaded.file === undefined ? "without a file" : JSON.stringify(loaded.file);
  io.stdout(`Configuration ${subject} is valid\n`);
}

async function show(
  io: CliIo,
  { file, json }: { file: string | undefined; json: boolean },
): Promise<void> {
  const { configAsJson, configAsYaml } = await import("../../shared/config/show.ts");
  const loaded = await load(io, file);
  const options = listOptions(currentPlatform());
  const shared = storedGroupFiles(loaded);
  if (json) {
    const document = { ...configAsJson(loaded, options), group_files: shared };
    return io.stdout(`${JSON.stringify(document, null, 2)}\n`);
  }
  io.stdout(headOf(loaded, shared) + configAsYaml(loaded, options));
}

async function schema(io: CliIo): Promise<void> {
  const { textOfJsonSchema } = await import("../../shared/config/json_schema.ts");
  io.stdout(textOfJsonSchema(configSchema()));
}

async function load(
  io: CliIo,
  file: string | undefined,
  modules: readonly Module[] = MODULES,
): Promise<LoadedConfig> {
  const loaded = await loadConfig({ file, env: io.env, ...STORED, modules });
  for (const warning of loaded.warnings) io.stderr(warningLine(warning));
  return loaded;
}

/** What cannot be read is no part of the configuration either; loading has warned of it. */
function storedGroupFiles({ config }: LoadedConfig): GroupFilesReport {
  try {
    return reportGroupFiles(config.agent.path.data);
  } catch {
    return { files: [], confirmed_at: null };
  }
}

function headOf({ file }: LoadedConfig, { files, confirmed_at }: GroupFilesReport): string {
  const own = file === undefined ? "No configuration file" : `Configuration file ${file}`;
  const shared = files.map(({ group, stored_at }) =>
    `Group file ${group}.yml, came ${ageOf(stored_at)}, at the server ${ageOf(confirmed_at)}`
  );
  return [own, ...shared].map((line) => `# ${visible(line)}\n`).join("");
}

/** The time itself, and how long ago that is. */
function ageOf(iso: string | null): string {
  if (iso === null) return "at an unknown time";
  const seconds = Math.max(0, Date.now() - Date.parse(iso)) / 1000;
  return `${iso} (${durationText(seconds)} ago)`;
}
