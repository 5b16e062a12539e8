/**
 * Checks of the configuration.
 *
 * @module
 */

import { pluralize } from "../../../../shared/text.ts";
import type { AgentConfig } from "../../../config/schema.ts";
import type { DoctorCheck, Finding } from "../check.ts";

/** Whether there is a valid one, and what it is warned of. */
export const CONFIG_LOADS: DoctorCheck = {
  id: "config.loads",
  group: "config",
  async run(context): Promise<Finding> {
    const { file, warnings } = await context.loaded();
    const where = file ?? "no file: every option has its default or comes from the environment";
    const [first] = warnings;
    if (first === undefined) return { status: "ok", message: where };
    const more = warnings.length > 1 ? ` (and ${pluralize(warnings.length - 1, "more")})` : "";
    return {
      status: "warn",
      message: first + more,
      detail: warnings,
      try: "agent config check says where each is",
    };
  },
};

/** Options that cost safety or events, and what each does. */
const DANGERS: readonly [string, (config: AgentConfig) => boolean, string][] = [
  [
    "agent.verification_mode: none",
    ({ agent }) => agent.verification_mode === "none",
    "the server's certificate is not checked, anyone on the way can read and change everything",
  ],
  [
    "agent.verification_mode: certificate",
    ({ agent }) => agent.verification_mode === "certificate",
    "the server's host name is not checked",
  ],
  [
    "agent.server_url with http:",
    ({ agent }) => agent.server_url.split(",").some((url) => url.trim().startsWith("http:")),
    "keys, tokens and events travel unencrypted",
  ],
  [
    "queue.durability: normal",
    ({ queue }) => queue.durability === "normal",
    "a power cut may lose the newest events",
  ],
  [
    "queue.on_full",
    ({ queue }) => queue.on_full !== "block",
    "a full queue drops events instead of having their sources wait",
  ],
];

/** Whether an option costs safety or events. */
export const CONFIG_DANGERS: DoctorCheck = {
  id: "config.safety",
  group: "config",
  needs: ["config.loads"],
  async run(context): Promise<Finding> {
    const config = await context.config();
    const found = DANGERS.filter(([, applies]) => applies(config))
      .map(([option, , effect]) => `${option}: ${effect}`);
    if (found.length === 0) return { status: "ok", message: "no option costs safety or events" };
    return {
      status: "warn",
      message: found.join("; "),
      try: "leave these options at their defaults, unless this is meant",
    };
  },
};
