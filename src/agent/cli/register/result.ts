/**
 * What `agent register` prints: who the agent is now, and the right next command.
 *
 * @module
 */

import { visible } from "../../../shared/text.ts";
import type { Identity } from "../../identity/identity_file.ts";

/** What was done beside the identity. */
interface Done {
  /** The identity's file. */
  path: string;
  /** The configuration file. */
  file: string;
  /** Options that were written into it. */
  written: string[];
}

/** For people. */
export function asText({ id, name, groups }: Identity, { file, written }: Done): string {
  const lines = [
    `Registered agent "${visible(name)}"`,
    `  id    ${id}`,
    `  name  ${visible(name)}`,
    ...(groups.length === 0 ? [] : [`  groups  ${groups.join(", ")}`]),
  ];
  return `${lines.join("\n")}\n${writtenText(written, file)}Next: ${nextCommand(file)}\n`;
}

/** What root is told behind what the owner's process has said: that command is the owner's, and root has a better one. */
export function rootText(written: readonly string[], file: string): string {
  return `${writtenText(written, file)}As a service: agent service install --now --config ${
    quoted(file)
  }\n`;
}

/** Which options were written into the configuration; nothing when none were. */
function writtenText(written: readonly string[], file: string): string {
  return written.length === 0 ? "" : `Wrote ${written.join(" and ")} into ${visible(file)}\n`;
}

function nextCommand(file: string): string {
  return `agent run --config ${quoted(file)}`;
}

/** As a shell takes it. */
function quoted(file: string): string {
  return /^[\w.\/:\\-]+$/.test(file) ? file : JSON.stringify(file);
}

/** For programs: everything but the secrets. */
export function asJson(identity: Identity, { path, file, written }: Done): string {
  const { schema, id, name, groups, registered_at, management_url } = identity;
  const registered = { schema, id, name, groups, registered_at, management_url };
  const config = { config_file: file, config_written: written };
  const result = { ...registered, identity_file: path, ...config, next: nextCommand(file) };
  return `${JSON.stringify(result)}\n`;
}
