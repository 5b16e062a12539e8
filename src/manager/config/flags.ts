/**
 * The options of the configuration file as flags: `manager_keepalive.max_missed` is
 * `--keepalive-max-missed`, `manager_keepalive.nats.servers` is `--nats-servers`.
 *
 * @module
 */

import { InvalidArgumentError, Option } from "@commander-js/extra-typings";
import * as z from "zod";
import type { OptionKind } from "../../shared/config/fields.ts";
import type { FlagValue } from "../../shared/config/text_source.ts";
import { managerOptions } from "./load.ts";

const PLACEHOLDERS: Partial<Record<OptionKind, string>> = {
  boolean: "true|false",
  path: "file",
  texts: "list",
};

/** What of a command line parser is needed here. */
interface Program {
  addOption(option: Option): unknown;
  getOptionValue(name: string): unknown;
}

/** Adds a flag for each option, under a heading of their own. */
export function addConfigFlags(program: Program): void {
  for (const { option } of configFlags()) program.addOption(option);
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
    const option = new Option(`${flag} <${PLACEHOLDERS[kind] ?? kind}>`, about)
      .argParser(given)
      .helpGroup("Options of the configuration file:");
    return { path, flag, option };
  });
}

/** The parser takes what follows a flag for its value, whatever it is. */
function given(value: string): string {
  if (!value.startsWith("--")) return value;
  throw new InvalidArgumentError("That is another option; the value is missing.");
}

/** The default as it is written in a file; the flag must stay without one to be told from it. */
function presetOf(schema: z.ZodType): string {
  const hasPreset = schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault;
  return (hasPreset && String(schema.def.defaultValue)) || "none";
}

function flagOf(path: string): string {
  const [section = "", ...names] = path.split(".");
  const isTopLevel = names.length === 1;
  const words = isTopLevel ? [section.replace(/^manager_/, ""), ...names] : names;
  return `--${words.join("-").replaceAll("_", "-")}`;
}

/** The first sentence; the rest stands in the file. */
function summaryOf(description: string): string {
  return description.replace(/\.\s.*$|\.$/s, "");
}
