import type { Clock } from "../../../shared/clock.ts";
import type { ReleaseClient } from "../../comms/release_client.ts";
import { UpgradeRefusal } from "../../upgrade/refusal.ts";
import type { ReleaseSource } from "../../upgrade/upgrade_wish.ts";

/** So often the server is asked for a manifest. */
const MOST_TRIES = 8;

/** The releases of the server. */
export function releasesOfServer(
  client: ReleaseClient,
  { retryWaits, clock }: { retryWaits: () => { next(afterMs?: number): number }; clock: Clock },
): ReleaseSource {
  return {
    read: (request, sink) => client.read(request, sink),
    async manifest(wanted, signal) {
      const waits = retryWaits();
      for (let tries = 1;; tries++) {
        const outcome = await client.manifest(wanted, signal);
        if (outcome.kind === "manifest") return outcome.text;
        if (outcome.kind === "none") return undefined;
        if (outcome.kind === "give_up" || tries >= MOST_TRIES) {
          throw new UpgradeRefusal("download_failed", `cannot get a manifest: ${outcome.reason}`);
        }
        await clock.sleep(waits.next(outcome.afterMs), signal);
      }
    },
  };
}
