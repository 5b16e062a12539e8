/**
 * Builds what says whom this machine believes, and what it lets them do.
 *
 * @module
 */

import { FileCheck } from "../commands/trust/file_check.ts";
import { OrderCheck, type OrderRules } from "../commands/trust/order_check.ts";
import { SignedVersions } from "../commands/trust/signed_versions.ts";
import type { AgentConfig } from "../config/schema.ts";
import { writeFileAtomically } from "../identity/atomic_write.ts";
import type { Clock } from "../../shared/clock.ts";

/** What judges orders and the files of groups. */
export interface TrustParts {
  orders: OrderCheck;
  /** A new one for each update of the groups. */
  files: () => FileCheck;
}

/** Builds both; `config` gives the options in force. */
export function createTrust(
  { dataFolder, agentId, clock, config }: {
    dataFolder: string;
    agentId: string;
    clock: Clock;
    config: () => AgentConfig;
  },
): TrustParts {
  const versions = new SignedVersions(dataFolder, writeFileAtomically);
  const rules = () => rulesIn(config());
  return {
    orders: new OrderCheck({ rules, agentId, versions, clock }),
    files: () => new FileCheck(rules(), versions),
  };
}

function rulesIn({ remote, commands }: AgentConfig): OrderRules {
  return {
    actions: remote.allow.actions,
    requireSignature: commands.require_signature,
    trustedKeys: commands.trusted_keys,
    rememberedMs: commands.journal_retention,
  };
}
