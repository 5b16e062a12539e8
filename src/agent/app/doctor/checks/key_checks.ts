/**
 * Checks of the keys whose signatures count.
 *
 * @module
 */

import { pluralize } from "../../../../shared/text.ts";
import type { AgentConfig } from "../../../config/schema.ts";
import { readKeyFiles } from "../../../platform/trusted_key_files.ts";
import { ReleaseKeys } from "../../../upgrade/release_keys.ts";
import type { DoctorCheck, Finding } from "../check.ts";

/** Whether they can be used, are enough, and keep the power to give orders apart from that to install programs. */
export const CONFIG_KEYS: DoctorCheck = {
  id: "config.keys",
  group: "config",
  needs: ["config.loads"],
  async run(context): Promise<Finding> {
    const config = await context.config();
    const orders = orderKeys(config);
    const releases = releaseKeys(config);
    if (orders === undefined && releases === undefined) {
      return { status: "skip", message: "no signatures are asked for" };
    }
    if (releases !== undefined && releases.ids.length < releases.threshold) {
      return {
        status: "fail",
        message: `${releases.threshold} keys must sign a release, and ` +
          `${pluralize(releases.ids.length, "key is", "keys are")} trusted`,
        try: "put more keys into upgrade.trusted_keys, or set upgrade.threshold lower",
      };
    }
    const both = orders?.find((id) => releases?.ids.includes(id));
    if (both !== undefined) {
      return {
        status: "warn",
        message: `key ${both} signs orders and releases: whoever takes it from the manager can ` +
          "install any program here",
        try: "agent release keygen makes a key for releases; keep it off every server",
      };
    }
    return { status: "ok", message: said(orders, releases?.ids) };
  },
};

function orderKeys({ commands }: AgentConfig): string[] | undefined {
  const { trusted_keys, require_signature } = commands;
  return trusted_keys === undefined || !require_signature
    ? undefined
    : readKeyFiles(trusted_keys).map(({ id }) => id);
}

function releaseKeys(
  { agent, upgrade, active_response }: AgentConfig,
): { ids: string[]; threshold: number } | undefined {
  const { enabled, trusted_keys, threshold } = upgrade;
  const hasScripts = active_response.enabled && active_response.scripts === "signed";
  if (trusted_keys === undefined || !(enabled || hasScripts)) return undefined;
  const force = new ReleaseKeys(agent.path.data).inForce({ trusted_keys, threshold });
  const ids = new Set(force.keys.map(({ id }) => id));
  return { ids: [...ids], threshold: force.threshold };
}

function said(orders: string[] = [], releases: string[] = []): string {
  const parts = [
    orders.length > 0 ? `${pluralize(orders.length, "key")} for orders` : undefined,
    releases.length > 0 ? `${pluralize(releases.length, "key")} for releases` : undefined,
  ];
  return parts.filter((part) => part !== undefined).join(", ");
}
