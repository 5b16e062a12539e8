/**
 * Where the agent's things are by default, and how long the path of its socket may be.
 *
 * @module
 */

import { join } from "node:path";
import type { Platform } from "../../shared/config/platform.ts";

/** Places that the agent uses when nothing else is said. */
interface DefaultPlaces {
  data: string;
  run: string;
  /** The configuration file that is read when it exists and no other is named. */
  configFile: string;
}

/** Default places of a platform. */
export function defaultPlaces(platform: Platform): DefaultPlaces {
  switch (platform) {
    case "linux":
      return { data: "/var/lib/agent", run: "/run/agent", configFile: "/etc/agent/agent.yaml" };
    case "darwin":
      return {
        data: "/Library/Application Support/agent",
        run: "/var/run/agent",
        configFile: "/etc/agent/agent.yaml",
      };
    case "windows":
      return {
        data: "C:\\ProgramData\\agent",
        run: "C:\\ProgramData\\agent\\run",
        configFile: "C:\\ProgramData\\agent\\agent.yaml",
      };
  }
}

/** The local API's Unix socket. */
export function socketPath(config: { agent: { path: { run: string } } }): string {
  return join(config.agent.path.run, "agent.sock");
}

/**
 * macOS stores 104 bytes of a socket's path and Linux 108, both with a final zero; the smaller
 * holds everywhere.
 */
const MAX_SOCKET_PATH_BYTES = 103;

/**
 * What is wrong with `path` as a Unix socket's path, to follow `agent.path.run is <value>, `;
 * `undefined` when the system can bind it.
 */
export function checkSocketPath(path: string, platform: Platform): string | undefined {
  if (platform === "windows") return undefined;
  const bytes = new TextEncoder().encode(path).length;
  if (bytes <= MAX_SOCKET_PATH_BYTES) return undefined;
  return `must be shorter: the path of the socket agent.sock in it has ${bytes} bytes, ` +
    `at most ${MAX_SOCKET_PATH_BYTES} are possible`;
}
