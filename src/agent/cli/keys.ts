/**
 * `agent keys`: the keys whose signatures this machine believes.
 *
 * @module
 */

import { Command, type CommandUnknownOpts } from "@commander-js/extra-typings";
import { loadConfig } from "../config/load.ts";
import type { CliIo } from "./cli_io.ts";
import { CONFIG_OPTION } from "./config_option.ts";
import { tableText } from "./table.ts";

const EXAMPLES = `
The fingerprint is the SHA-256 of the public key; its first 16 digits name the key in orders and in
agent remote. docs/signing.md explains how keys are made, changed and replaced.

Examples:
  agent keys
  agent keys --json | jq -r '.keys[].fingerprint'`;

/** A key as it is printed. */
interface KeyReport {
  id: string;
  fingerprint: string;
  file: string;
  /** What a signature of it is good for. */
  used_for: string[];
}

/** Builds the command. */
export function keysCommand(io: CliIo): CommandUnknownOpts {
  return new Command("keys")
    .description("list the keys whose signatures this machine believes")
    .option("--json", "print them as JSON")
    .option(...CONFIG_OPTION)
    .addHelpText("after", EXAMPLES)
    .action(async ({ config: file, json }) => {
      const { config: { commands } } = await loadConfig({ file, env: io.env });
      const { require_signature: required, trusted_keys: path } = commands;
      const keys = path === undefined ? [] : await reportsOf(path, required);
      const document = { schema: 1, require_signature: required, keys };
      io.stdout(json ? `${JSON.stringify(document)}\n` : textOf(keys, required));
    });
}

async function reportsOf(path: string, required: boolean): Promise<KeyReport[]> {
  const { readTrustedKeys } = await import("../../shared/signing/trusted_keys.ts");
  const used_for = required ? ["orders", "group files"] : [];
  return readTrustedKeys(path).map(({ id, fingerprint, file }) => ({
    id,
    fingerprint,
    file,
    used_for,
  }));
}

function textOf(keys: readonly KeyReport[], required: boolean): string {
  const rule = required
    ? "Orders and the files of groups must be signed with one of these keys."
    : "Signatures are not asked for: commands.require_signature is false.";
  if (keys.length === 0) {
    return `No keys are trusted. ${rule}\n`.replace(" with one of these keys", "");
  }
  const cells = keys.map(({ fingerprint, file, used_for }) => [
    fingerprint,
    used_for.join(", ") || "-",
    file,
  ]);
  return `${rule}\n${tableText([["FINGERPRINT", "USED FOR", "FILE"], ...cells])}`;
}
