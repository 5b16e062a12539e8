/**
 * Sets one option in the agent's configuration file.
 *
 * @module
 */

import { type ChangedLines, changedLines } from "../../shared/config/changed_lines.ts";
import { setYamlOption } from "../../shared/config/edit_yaml.ts";
import type { Environment } from "../../shared/config/expand.ts";
import type { Option } from "../../shared/config/options.ts";
import { givenByYaml } from "../../shared/config/yaml_source.ts";
import { AgentError, messageOf } from "../../shared/errors.ts";
import { readRegularFile } from "../../shared/files/regular_file.ts";
import { replaceFile } from "./replace_file.ts";

/** What was done to the file. */
export interface FileChange {
  /** `undefined` when the file says so already. */
  lines: ChangedLines | undefined;
  /** Puts the old content back. */
  undo(): void;
}

const BOM = "\uFEFF";

/**
 * Sets an option in the file at `path`, which may be missing; comments, order, mode and owner stay.
 *
 * @throws {AgentError} `config_invalid` when it cannot be set without touching something else, `failed` when the file cannot be
 *   written; then nothing has changed
 */
export function setOption(
  path: string,
  setting: { path: string; value: boolean | string },
  { env, options }: { env: Environment; options: ReadonlyMap<string, Option> },
): FileChange {
  const original = readText(path);
  const text = (original ?? "").replace(BOM, "");
  const mark = original?.startsWith(BOM) ? BOM : "";
  const read = (text: string) => {
    const { given } = givenByYaml(text, { origin: { source: "file", file: path }, env, options });
    return new Map(given.map((one) => [one.path, one.value]));
  };
  const edited = setYamlOption(text, setting, read);
  const line = `${setting.path}: ${setting.value}`;
  if (edited === undefined) throw mustBeEdited(path, line);
  const lines = changedLines(text, edited);
  if (lines !== undefined) write(path, mark + edited);
  return { lines, undo: () => restore(path, original) };
}

function readText(path: string): string | undefined {
  try {
    // With the mark at its beginning, if it has one.
    return readRegularFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw cannot("read", path, error);
  }
}

function restore(path: string, original: string | undefined): void {
  if (original === undefined) Deno.removeSync(path);
  else write(path, original);
}

function write(path: string, text: string): void {
  try {
    replaceFile(path, text);
  } catch (error) {
    throw cannot("write", path, error);
  }
}

function mustBeEdited(path: string, line: string): AgentError {
  return new AgentError(
    "config_invalid",
    `Cannot set "${line}" in "${path}" without changing something else in it`,
    { hint: `write it into the file yourself, then: agent reload` },
  );
}

function cannot(what: "read" | "write", path: string, error: unknown): AgentError {
  return new AgentError("failed", `Cannot ${what} "${path}": ${messageOf(error)}`, {
    cause: error,
    hint: hintFor(error),
  });
}

/** The runtime has classes for some of these, and only a code or a text for the others. */
function hintFor(error: unknown): string {
  const text = messageOf(error);
  if (/read-only/i.test(text)) return "have the file system mounted so that it can be written to";
  if (/no space|quota/i.test(text)) return "make room on the disk, and try again";
  if (error instanceof Deno.errors.PermissionDenied) {
    return "run this as the user who owns the file and its folder";
  }
  return "look at the file and its folder, and try again";
}
