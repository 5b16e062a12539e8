/**
 * What is written about the options of the manager, made of the options themselves: the sample file, its JSON Schema and the page
 * of the manual. A test says when one of them is stale.
 *
 * @module
 */

import { textOfJsonSchema } from "../../shared/config/json_schema.ts";
import { code, referenceTables } from "../../shared/config/reference_page.ts";
import { sampleYaml } from "../../shared/config/sample_yaml.ts";
import { flagOf } from "./flags.ts";
import { managerOptions } from "./load.ts";
import { MANAGER_CONFIG } from "./schema.ts";

const SAMPLE_HEAD = `yaml-language-server: $schema=manager.schema.json
Configuration of the manager: every option, with its default.

A value comes from, strongest first: a flag, an environment variable, this file, the default.
  agent-manager --config manager.yaml      starts the manager, or says what is wrong in here
  agent-manager --help                     lists the flags
(From source, "deno task manager" stands for agent-manager.)

Durations: 500ms 10s 5m 1h 7d     Sizes: 512KiB 1MB 1GiB (KiB is 1024 bytes, KB is 1000)
\${NAME} in a value takes an environment variable, which must be set; $\${ stands for a plain \${
Nested keys may be written dotted: nats.tls.ca is the same as ca under tls under nats.
Relative paths start from the folder of this file. A key without a value has its default.
Secrets stand in files of their own, never in here.`;

const PAGE_HEAD = `# Options of the manager

A value comes from, strongest first: a flag, an environment variable, the configuration file
(\`--config FILE\`, else the file that \`MANAGER_CONFIG\` names), the default. All that is given is
checked, also what something stronger overrides, and everything that is wrong is said at once, with
its place. [config/manager.yaml](../config/manager.yaml) has every option at its default.

Durations are written \`500ms\`, \`30s\`, \`5m\`, \`1h\` or \`7d\`, sizes \`512KiB\` or \`10MB\`; in flags and
variables lists have commas between. No secret is an option: options name files, whose first line
counts.

This page is made of the options: \`deno task generate\` writes it anew.`;

/** The files by their paths in the project. */
export function managerDocuments(): Map<string, string> {
  return new Map([
    ["config/manager.yaml", sampleYaml(MANAGER_CONFIG, SAMPLE_HEAD)],
    ["config/manager.schema.json", textOfJsonSchema(MANAGER_CONFIG)],
    ["docs/manager_configuration.md", page()],
  ]);
}

function page(): string {
  const tables = referenceTables(managerOptions().values(), [
    { title: "Flag", of: ({ path }) => code(flagOf(path)) },
    { title: "Variable", of: ({ envName }) => code(envName) },
  ]);
  return `${PAGE_HEAD}\n\n${tables}\n`;
}
