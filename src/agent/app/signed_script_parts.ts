import type { Clock } from "../../shared/clock.ts";
import { VERSION } from "../../shared/version.ts";
import { ReleaseClient } from "../comms/release_client.ts";
import type { AgentConfig } from "../config/schema.ts";
import { writeFileAtomically } from "../identity/atomic_write.ts";
import type { BroughtScripts } from "../process/scripts.ts";
import { SignedScripts } from "../responses/signed_scripts.ts";
import { ReleaseKeys } from "../upgrade/release_keys.ts";
import { createBackoff, type ServerLink } from "./server/server_link.ts";

/** Builds what brings signed scripts; without a link to the server those that are here count. */
export function createSignedScripts(
  { config, link, clock }: {
    config: () => AgentConfig;
    link?: ServerLink | undefined;
    clock: Clock;
  },
): BroughtScripts {
  const { agent: { path: { data: dataFolder }, request_timeout: requestTimeoutMs } } = config();
  const scripts = new SignedScripts({
    dataFolder,
    store: new ReleaseKeys(dataFolder),
    files: () => {
      const { trusted_keys, threshold } = config().upgrade;
      return trusted_keys === undefined ? undefined : { trusted_keys, threshold };
    },
    source: () =>
      link &&
      new ReleaseClient({ client: link.client, version: VERSION, requestTimeoutMs, clock }),
    write: writeFileAtomically,
    now: () => clock.now() + (link?.serverClock.offsetMs ?? 0),
    retryWaits: () => createBackoff(config()),
    bytesPerSecond: () => config().upgrade.rate,
    clock,
  });
  return {
    isOn: () => config().active_response.scripts === "signed",
    has: (name) => scripts.has(name),
    content: (name, options) => scripts.content(name, options),
  };
}
