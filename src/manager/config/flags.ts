/**
 * The options as flags: `manager.comms_port` is `--comms-port`, `log.level` is `--log-level`, `manager_keepalive.max_missed` is
 * `--keepalive-max-missed`, `manager_keepalive.nats.servers` is `--nats-servers`; those that a cluster needs are short.
 *
 * @module
 */

import { InvalidArgumentError, Option } from "@commander-js/extra-typings";
import type * as z from "zod";
import { defaultOf } from "../../shared/config/defaults.ts";
import type { OptionKind } from "../../shared/config/fields.ts";
import type { FlagValue } from "../../shared/config/text_source.ts";
import { managerOptions } from "./load.ts";

const PLACEHOLDERS: Partial<Record<OptionKind, string>> = {
  path: "file",
  texts: "list",
  count: "number",
};

/** By the last word of an option's name, which says more than its kind. */
const PLACEHOLDERS_BY_WORD: Readonly<Record<string, string>> = {
  port: "port",
  dir: "folder",
  url: "url",
};

/** What of a command line parser is needed here. */
interface Program {
  addOption(option: Option): unknown;
  getOptionValue(name: string): unknown;
}

/** Adds a flag for each option, each section under a heading of its own; the help names those of `section`. @default all */
export function addConfigFlags(program: Program, section = ""): void {
  for (const { path, option } of configFlags()) {
    program.addOption(option.hideHelp(!path.startsWith(section)));
  }
}

/** The options that the parsed command line gives; their values are not checked yet. */
export function givenConfigFlags(program: Program): FlagValue[] {
  return configFlags().flatMap(({ path, flag, option }) => {
    const value = program.getOptionValue(option.attributeName());
    return typeof value === "string" ? [{ path, flag, value }] : [];
  });
}

function configFlags() {
  return [...managerOptions().values()].map(({ path, kind, description, schema }) => {
    const flag = flagOf(path);
    const about = `${summaryOf(description)} (default: ${presetOf(schema)})`;
    // What follows a truth value may be another flag, so that alone it is true.
    const value = kind === "boolean" ? "[true|false]" : `<${placeholderOf(path, kind)}>`;
    const option = new Option(`${flag} ${value}`, about).helpGroup(headingOf(path));
    if (kind === "boolean") option.preset("true");
    else option.argParser(given);
    return { path, flag, option };
  });
}

function placeholderOf(path: string, kind: OptionKind): string {
  return PLACEHOLDERS_BY_WORD[path.split(/[._]/).at(-1) ?? ""] ?? PLACEHOLDERS[kind] ?? kind;
}

/** The parser takes what follows a flag for its value, whatever it is. */
function given(value: string): string {
  if (!value.startsWith("--")) return value;
  throw new InvalidArgumentError("That is another option; the value is missing.");
}

/** The flag itself must stay without a default, to be told from one that is given. */
function presetOf(schema: z.ZodType): string {
  return String(defaultOf(schema) ?? "") || "none";
}

function headingOf(path: string): string {
  return `Options of ${path.slice(0, path.lastIndexOf("."))}:`;
}

const SHORT: Readonly<Record<string, string>> = {
  "cluster.servers": "--cluster",
  "cluster.node": "--node",
  "cluster.secret_file": "--cluster-secret",
};

/** The flag of an option. */
export function flagOf(path: string): string {
  const short = SHORT[path];
  if (short !== undefined) return short;
  const [section = "", ...names] = path.split(".");
  const needsSection = section === "cluster" || (section !== "manager" && names.length === 1);
  const words = needsSection ? [section.replace(/^manager_/, ""), ...names] : names;
  return `--${words.join("-").replaceAll("_", "-")}`;
}

/** The first sentence; the rest stands in the file. */
function summaryOf(description: string): string {
  return description.replace(/\.\s.*$|\.$/s, "");
}
