/**
 * `agent register --write-config`: where the server is, and whom to trust, go into the configuration.
 *
 * @module
 */

import { resolve } from "node:path";
import { currentPlatform } from "../../../shared/config/platform.ts";
import type { LoadedConfig } from "../../config/load.ts";
import { listOptions } from "../../config/options.ts";
import { type FileChange, setOption } from "../../config/set_option.ts";
import type { CliIo } from "../cli_io.ts";

/** Port of the comms API, unless a server says otherwise. */
const COMMS_PORT = 27_000;

/** What the command line says of the server. */
interface ServerFlags {
  /** The management API. */
  url: string;
  serverUrl?: string | undefined;
  caCert?: string | undefined;
}

/** The address of the comms API: as given, else as configured, else that of the management API with the usual port. */
export function commsUrlFor(
  { url, serverUrl }: ServerFlags,
  { config, places }: Pick<LoadedConfig, "config" | "places">,
): string {
  const isConfigured = places.get("agent.server_url")?.source !== "default";
  if (serverUrl !== undefined || isConfigured) return config.agent.server_url;
  const comms = new URL(url);
  comms.port = String(COMMS_PORT);
  return comms.origin;
}

/**
 * Writes both into `file`; what is there already stays as it is written.
 *
 * @returns the options that changed, and how to take that back
 * @throws {AgentError} `config_invalid` or `failed`; then the file is as it was
 */
export function writeServer(
  io: CliIo,
  file: string,
  { commsUrl, caCert }: { commsUrl: string; caCert: string | undefined },
): { written: string[]; undo: () => void } {
  // Each goes to the top of its section: the last one stands first.
  const settings = [
    ...(caCert === undefined ? [] : [{ path: "agent.ca_cert", value: resolve(caCert) }]),
    { path: "agent.server_url", value: commsUrl },
  ];
  const changes: FileChange[] = [];
  const undo = () => changes.toReversed().forEach((change) => change.lines && change.undo());
  const options = listOptions(currentPlatform());
  const written: string[] = [];
  try {
    for (const setting of settings) {
      const change = setOption(file, setting, { env: io.env, options });
      changes.push(change);
      if (change.lines !== undefined) written.unshift(setting.path);
    }
  } catch (error) {
    undo();
    throw error;
  }
  return { written, undo };
}
