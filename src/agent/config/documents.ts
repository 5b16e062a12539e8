/**
 * What is written about the options of the agent, made of the options themselves: the sample file, its JSON Schema and the page of
 * the manual. A test says when one of them is stale.
 *
 * @module
 */

import { defaultOf } from "../../shared/config/defaults.ts";
import { textOfJsonSchema } from "../../shared/config/json_schema.ts";
import type { Option } from "../../shared/config/options.ts";
import type { Platform } from "../../shared/config/platform.ts";
import { code, referenceTables } from "../../shared/config/reference_page.ts";
import { sampleYaml } from "../../shared/config/sample_yaml.ts";
import type { Module } from "../modules/module.ts";
import { MODULES } from "../modules/modules.ts";
import { listOptions } from "./options.ts";
import { configSchema } from "./schema.ts";

const SAMPLE_HEAD = `yaml-language-server: $schema=agent.schema.json
Configuration of the agent: every option, with its default.

A value comes from, strongest first: a flag, an environment variable, an order of the server
(for NAME.enabled of modules), this file, the files of the agent's groups (a later group before an
earlier one), the default.
  agent config check      says what is wrong with this file
  agent config show       prints what a start would take, and where each value comes from
  agent modules           lists the modules; enable and disable change their line in here

Durations: 500ms 10s 5m 1h 7d     Sizes: 512KiB 1MB 1GiB (KiB is 1024 bytes, KB is 1000)
\${NAME} in a value takes an environment variable, which must be set; $\${ stands for a plain \${
Nested keys may be written dotted: path.data is the same as data under path.
Relative paths start from the folder of this file. A key without a value has its default.
Environment variables: AGENT_ and the key in upper case with _ between, without the section agent:
  agent.server_url is AGENT_SERVER_URL, queue.max_bytes is AGENT_QUEUE_MAX_BYTES`;

const PAGE_HEAD = `# Options of the agent

A value comes from, strongest first: a flag, an environment variable, an order of the server (only
whether a module is enabled), the configuration file (\`--config FILE\`, else the file that
\`AGENT_CONFIG\` names, else the system's \`agent.yaml\`), the files of the agent's groups (a later
group before an earlier one), the default. All that is given is checked, also what something
stronger overrides, and everything that is wrong is said at once, with its place.
[config/agent.yaml](../config/agent.yaml) has every option at its default.

Durations are written \`500ms\`, \`30s\`, \`5m\`, \`1h\` or \`7d\`, sizes \`512KiB\` or \`10MB\`. In variables
lists are written as YAML or JSON: \`AGENT_LOGCOLLECTOR_LOCALFILES='[{location: /var/log/*.log}]'\`.

**Takes effect**: at once with \`agent reload\` (or SIGHUP), or with the next start. A reload starts
only those modules anew whose options changed. **Group**: whether the file of a group may set it;
**not less** is more than the machine says, and less only where \`remote.allow.options\` has it.

This page is made of the options: \`deno task generate\` writes it anew.`;

const PLATFORMS: readonly Platform[] = ["linux", "darwin", "windows"];

/** The files by their paths in the project. */
export function agentDocuments(modules: readonly Module[] = MODULES): Map<string, string> {
  const schema = configSchema({ modules });
  return new Map([
    ["config/agent.yaml", sampleYaml(schema, SAMPLE_HEAD, { notes: sampleNotes(modules) })],
    ["config/agent.schema.json", textOfJsonSchema(schema)],
    ["docs/configuration.md", page(modules)],
  ]);
}

function page(modules: readonly Module[]): string {
  const notes = platformNotes(modules);
  const options = [...listOptions("linux", modules).values()].map((option) => ({
    ...option,
    description: [option.description, notes.get(option.path), only(option)].filter(Boolean).join(
      " ",
    ),
  }));
  const tables = referenceTables(options, [
    { title: "Takes effect", of: ({ live }) => live ? "at once" : "next start" },
    { title: "Group", of: groupMay },
    { title: "Variable", of: ({ envName }) => code(envName) },
  ]);
  return `${PAGE_HEAD}\n\n${tables}\n`;
}

/** What the file of a group may do to an option. */
function groupMay({ shareable, neverLess }: Option): string {
  if (!shareable) return "no";
  return neverLess ? "not less" : "yes";
}

/** A value of an option of some systems would be refused on the others; without one the file is good for all. */
function sampleNotes(modules: readonly Module[]): Map<string, string> {
  const notes = platformNotes(modules);
  for (const option of listOptions("linux", modules).values()) {
    const text = [notes.get(option.path), only(option)].filter(Boolean).join(" ");
    if (text !== "") notes.set(option.path, text);
  }
  return notes;
}

/** What the defaults are of options whose default depends on the system, by path. */
function platformNotes(modules: readonly Module[]): Map<string, string> {
  const [linux, darwin, windows] = PLATFORMS.map((platform) => listOptions(platform, modules));
  const notes = new Map<string, string>();
  for (const [path, { schema }] of linux ?? []) {
    const other = (options: Map<string, Option> | undefined) => {
      const option = options?.get(path);
      return option && defaultText(option.schema);
    };
    const [onLinux, onDarwin, onWindows] = [
      defaultText(schema),
      other(darwin),
      other(windows),
    ];
    if (onLinux === onDarwin && onLinux === onWindows) continue;
    notes.set(path, `By default ${onLinux}, on macOS ${onDarwin}, on Windows ${onWindows}.`);
  }
  return notes;
}

/** Stars would be read as marks of emphasis. */
function defaultText(schema: Option["schema"]): string {
  const preset = defaultOf(schema);
  return Array.isArray(preset) ? preset.map((one) => `\`${one}\``).join(", ") : String(preset);
}

function only({ platforms }: Option): string {
  return platforms === undefined ? "" : `On ${platforms.join(" and ")} only.`;
}
