/**
 * Who takes part.
 *
 * @module
 */

import type { Contender } from "./contender.ts";
import { agentContender } from "./contenders/agent.ts";
import { rawContender } from "./contenders/raw.ts";
import { rsyslogContender } from "./contenders/rsyslog.ts";
import { syslogNgContender } from "./contenders/syslog_ng.ts";

/** Everybody, in the order in which they are measured. */
export const CONTENDERS: readonly Contender[] = [
  agentContender("normal", "source"),
  syslogNgContender("json"),
  agentContender("full", "source"),
  syslogNgContender("json", 2),
  syslogNgContender("bare"),
  agentContender("normal", "compiled"),
  agentContender("full", "compiled"),
  rsyslogContender("disk"),
  rsyslogContender("memory"),
  rawContender,
];

/** The one that the agent is compared with. */
export const REFERENCE = "syslog_ng_json";

/** What the agent must reach, as a multiple of {@linkcode REFERENCE}, free and pinned. */
export const TARGETS: Readonly<Record<string, number>> = { agent_normal: 1.2, agent_full: 1 };
