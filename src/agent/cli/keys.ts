/**
 * `agent keys`: the keys whose signatures this machine believes.
 *
 * @module
 */

import { Command, type CommandUnknownOpts } from "@commander-js/extra-typings";
import { loadConfig } from "../config/load.ts";
import type { AgentConfig } from "../config/schema.ts";
import type { CliIo } from "./cli_io.ts";
import { CONFIG_OPTION } from "./config_option.ts";
import { tableText } from "./table.ts";

const EXAMPLES = `
The fingerprint is the SHA-256 of the public key; its first 16 digits name the key in orders and in
agent remote. A key that came in a change of the keys for releases has that change in place of a file.
docs/signing.md explains how keys are made, changed and replaced.

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

/** What is printed. */
interface KeysDocument {
  schema: 1;
  require_signature: boolean;
  keys: KeyReport[];
  /** How often the keys that sign releases were changed by those before them. */
  release_key_changes: number;
  /** How many of the keys for releases have to sign one. */
  release_threshold: number;
}

/** Builds the command. */
export function keysCommand(io: CliIo): CommandUnknownOpts {
  return new Command("keys")
    .description("list the keys whose signatures this machine believes")
    .option("--json", "print them as JSON")
    .option(...CONFIG_OPTION)
    .addHelpText("after", EXAMPLES)
    .action(async ({ config: file, json }) => {
      const { config } = await loadConfig({ file, env: io.env });
      const document = await documentOf(config);
      io.stdout(json ? `${JSON.stringify(document)}\n` : textOf(document));
    });
}

async function documentOf(config: AgentConfig): Promise<KeysDocument> {
  const { require_signature, trusted_keys: forOrders } = config.commands;
  const releases = await releaseKeys(config);
  const uses = [
    ...await filesKeys(forOrders, require_signature ? ["orders", "group files"] : []),
    ...releases.keys,
  ];
  return {
    schema: 1,
    require_signature,
    keys: merged(uses),
    release_key_changes: releases.changes,
    release_threshold: releases.threshold,
  };
}

async function filesKeys(path: string | undefined, used_for: string[]): Promise<KeyReport[]> {
  if (path === undefined) return [];
  const { readKeyFiles } = await import("../platform/trusted_key_files.ts");
  return readKeyFiles(path).map(({ id, fingerprint, file }) => ({
    id,
    fingerprint,
    file,
    used_for,
  }));
}

async function releaseKeys(
  { agent, upgrade, active_response }: AgentConfig,
): Promise<{ keys: KeyReport[]; changes: number; threshold: number }> {
  const { trusted_keys, threshold, enabled } = upgrade;
  if (trusted_keys === undefined) return { keys: [], changes: 0, threshold };
  const { ReleaseKeys } = await import("../upgrade/release_keys.ts");
  const scripts = active_response.enabled && active_response.scripts === "signed";
  const used_for = [...(enabled ? ["releases"] : []), ...(scripts ? ["scripts"] : [])];
  const known = await filesKeys(trusted_keys, used_for);
  const force = new ReleaseKeys(agent.path.data).inForce({ trusted_keys, threshold });
  const keys = force.keys.map(({ id, fingerprint }) => {
    const file = known.find((one) => one.fingerprint === fingerprint)?.file;
    return { id, fingerprint, file: file ?? `change ${force.changes}`, used_for };
  });
  return { keys, changes: force.changes, threshold: force.threshold };
}

/** A key once, with all that it is good for. */
function merged(keys: readonly KeyReport[]): KeyReport[] {
  const byPrint = Map.groupBy(keys, ({ fingerprint, file }) => `${fingerprint} ${file}`);
  return [...byPrint.values()].flatMap(([first, ...others]) =>
    first === undefined
      ? []
      : [{ ...first, used_for: [first, ...others].flatMap(({ used_for }) => used_for) }]
  );
}

function textOf({ keys, require_signature: required, release_threshold }: KeysDocument): string {
  const signs = ["releases", "scripts"].filter((what) =>
    keys.some(({ used_for }) => used_for.includes(what))
  );
  const rule = required
    ? "Orders and the files of groups must be signed with one of these keys."
    : "Signatures are not asked for: commands.require_signature is false.";
  const releases = signs.length > 0
    ? ` ${release_threshold} of the keys for ${signs.join(" and ")} must have signed one.`
    : "";
  if (keys.length === 0) {
    return `No keys are trusted. ${rule}\n`.replace(" with one of these keys", "");
  }
  const cells = keys.map(({ fingerprint, file, used_for }) => [
    fingerprint,
    used_for.join(", ") || "-",
    file,
  ]);
  return `${rule}${releases}\n${tableText([["FINGERPRINT", "USED FOR", "FILE"], ...cells])}`;
}
