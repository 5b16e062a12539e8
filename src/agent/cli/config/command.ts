/**
 * `agent config`: check, show, init and schema.
 *
 * @module
 */

import { Command } from "@commander-js/extra-typings";
import { findModuleProblems } from "../../app/modules/module_checks.ts";
import { TLS_FILES_HINT, tlsProblems } from "../../app/server/tls_check.ts";
import { invalidConfig } from "../../../shared/config/given.ts";
import { loadConfig, type LoadedConfig } from "../../config/load.ts";
import { configSchema } from "../../config/schema.ts";
import { STORED } from "../../config/stored.ts";
import type { Module } from "../../modules/module.ts";
import { MODULES } from "../../modules/modules.ts";
import type { CliIo } from "../cli_io.ts";
import { warningLine } from "../warning.ts";
import { CONFIG_OPTION } from "../config_option.ts";
import { showConfig } from "./show.ts";

/** The command `config` with its subcommands, over the options of `modules`. */
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
    .action(async ({ config, json = false }) => showConfig(io, await load(io, config), { json }));
  command.command("init")
    .description("Write a short configuration file to begin with")
    .option(...CONFIG_OPTION)
    .option("--force", "replace a file that is there")
    .option("--json", "print the result as JSON")
    .addHelpText("after", INIT_HELP)
    .action(async (options) => (await import("./init.ts")).initConfig(io, options));
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

const INIT_HELP = `
Without --config the file is the one that AGENT_CONFIG names, else the system's. A file that is there is
left alone.
${example("agent config init --config /etc/agent/agent.yaml")}`;

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
  const hint = ofTls.length === 0 ? found.hint : TLS_FILES_HINT;
  if (problems.length > 0) throw invalidConfig(problems, loaded.file, hint);
  if (json) {
    const warnings = [...loaded.warnings, ...found.warnings];
    const document = { schema: 1, valid: true, file: loaded.file ?? null, warnings };
    return io.stdout(`${JSON.stringify(document)}\n`);
  }
  const subject = loaded.file === undefined ? "without a file" : JSON.stringify(loaded.file);
  io.stdout(`Configuration ${subject} is valid\n`);
}

async function schema(io: CliIo): Promise<void> {
  const { textOfJsonSchema } = await import("../../../shared/config/json_schema.ts");
  io.stdout(textOfJsonSchema(configSchema()));
}

/** The configuration in force; warnings are printed. */
async function load(
  io: CliIo,
  file: string | undefined,
  modules: readonly Module[] = MODULES,
): Promise<LoadedConfig> {
  const loaded = await loadConfig({ file, env: io.env, ...STORED, modules });
  for (const warning of loaded.warnings) io.stderr(warningLine(warning));
  return loaded;
}
