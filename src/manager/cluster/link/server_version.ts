/**
 * Which versions of nats-server are fit to keep events on.
 *
 * Before 2.11 a compare-and-set could hold across a change of leader though it had lost (nats-server #6194, #6485, #6486): batches were
 * doubled. Before 2.12.3 a peer that was removed could come back with old data.
 *
 * @module
 */

import { AgentError } from "../../../shared/errors.ts";

const LEAST = [2, 11, 0] as const;
const SOUND = [2, 12, 3] as const;

/**
 * Looks at the version of a server.
 *
 * @throws AgentError when it is not fit
 */
export function checkVersion(version: string, warn: (text: string) => void): void {
  if (isBefore(version, LEAST)) {
    throw new AgentError(
      "failed",
      `nats-server ${version} is too old: it can store a batch twice`,
      {
        hint: `run nats-server ${LEAST.join(".")} or newer, best ${SOUND.join(".")} or newer`,
      },
    );
  }
  if (isBefore(version, SOUND)) {
    warn(
      `nats-server ${version} has faults when servers are removed; ${
        SOUND.join(".")
      } or newer has not`,
    );
  }
}

function isBefore(version: string, other: readonly number[]): boolean {
  const parts = (/^v?(\d+)\.(\d+)\.(\d+)/.exec(version) ?? []).slice(1).map(Number);
  if (parts.length < other.length) return true;
  const index = parts.findIndex((part, place) => part !== other[place]);
  return index >= 0 && (parts[index] ?? 0) < (other[index] ?? 0);
}
