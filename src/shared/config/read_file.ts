/**
 * Finding and reading the configuration file.
 *
 * @module
 */

import { readFileSync } from "node:fs";
import { AgentError, messageOf } from "../errors.ts";
import { openRegularFile } from "../files/regular_file.ts";
import type { Environment } from "./expand.ts";
import { quoted } from "./given.ts";

/**
 * Far above any real configuration; keeps a wrong path, such as that of a log, from filling the
 * memory.
 */
const MAX_FILE_BYTES = 1_048_576;

/** The content of a configuration file. */
export interface ConfigFile {
  path: string;
  text: string;
}

/**
 * Reads the file `named`, else the one that `AGENT_CONFIG` names, else `defaultFile` when it
 * exists.
 *
 * @throws AgentError `config_invalid` when a file that is named or exists cannot be read
 */
export async function readConfigFile(
  { named, env, defaultFile, hint }: {
    named: string | undefined;
    env: Environment;
    defaultFile: string;
    /** What to do about a file that cannot be read. @default what the agent's user does, by what is wrong */
    hint?: string;
  },
): Promise<ConfigFile | undefined> {
  const wanted = named ?? (env.AGENT_CONFIG || undefined);
  try {
    return await read(wanted ?? defaultFile);
  } catch (error) {
    if (wanted === undefined && error instanceof Deno.errors.NotFound) return undefined;
    throw unreadable(wanted ?? defaultFile, error, hint);
  }
}

async function read(path: string): Promise<ConfigFile> {
  if ((await Deno.stat(path)).isDirectory) throw new RangeError("it is a folder");
  // A pipe without a writer would hold the program for ever, also one that runs and is asked to reload.
  using file = openRegularFile(path);
  if (file.info.size > MAX_FILE_BYTES) throw new RangeError("it is larger than 1 MiB");
  return { path, text: decode(readFileSync(file.descriptor)) };
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new RangeError("it is not UTF-8 text");
  }
}

function unreadable(
  path: string,
  cause: unknown,
  hint = hintFor(cause, path),
): AgentError {
  return new AgentError(
    "config_invalid",
    `Cannot read configuration ${quoted(path)}: ${why(cause)}`,
    {
      cause,
      hint,
    },
  );
}

function hintFor(cause: unknown, path: string): string {
  if (cause instanceof Deno.errors.NotFound) return `agent config init --config ${path} writes one`;
  if (cause instanceof Deno.errors.PermissionDenied) {
    return "run this as the user that the agent runs as, or let that user read the file";
  }
  return "name a YAML file with --config or AGENT_CONFIG; agent config init writes one";
}

function why(error: unknown): string {
  if (error instanceof Deno.errors.NotFound) return "there is no such file";
  return messageOf(error);
}
