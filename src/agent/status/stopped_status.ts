/**
 * The status document when no agent runs: what is on disk.
 *
 * @module
 */

import type { AgentIdentity } from "../../shared/protocol/agent_identity.ts";
import type { GroupFilesReport } from "../../shared/protocol/groups.ts";
import type { ModuleStatus } from "../../shared/protocol/part_status.ts";
import type { ResponsesStatus } from "../../shared/protocol/responses.ts";
import type { StatusDocument, UpgradeStatus } from "../../shared/protocol/status_document.ts";
import { VERSION } from "../../shared/version.ts";
import { agentReport, logReport, type StatusOptions } from "./agent_report.ts";
import { healthOf } from "./health/health.ts";
import type { StatusFacts } from "./health/rule.ts";
import { moduleReports } from "./module_report.ts";
import { EMPTY_QUEUE, type QueueFigures, queueReport, streamReport } from "./queue_report.ts";

/** What a stopped agent left behind. */
interface LeftOnDisk {
  /** `undefined` when it is not registered. */
  identity: AgentIdentity | undefined;
  /** `undefined` when there is no database yet, or none that can be read. */
  queue: QueueFigures | undefined;
  /** Why the database cannot be read. @default it can */
  unreadable?: StatusDocument["queue"]["unreadable"];
  /** Whether the identity is that of another machine, of which this is a copy. @default false */
  isCopy?: boolean;
  /** The files of the groups that a start would take. @default none */
  groupFiles?: GroupFilesReport;
  /** What the configuration says of the modules. @default none */
  modules?: ModuleStatus[];
  /** How its replacement stands. @default it was never replaced, and cannot be */
  upgrade?: UpgradeStatus;
  /** What is enabled against somebody. @default nothing */
  responses?: ResponsesStatus;
  /** What is warned of in the configuration. @default nothing */
  warnings?: readonly string[];
}

/** The document of an agent that does not run. `nowMs` is wall clock time, in milliseconds. */
export function stoppedStatus(
  { agent: { server_url, path }, queue: bounds, health: options }: StatusOptions,
  { identity, queue = EMPTY_QUEUE, modules = [], groupFiles = NO_FILES, warnings = [], ...found }:
    LeftOnDisk,
  nowMs: number,
): StatusDocument {
  const facts: StatusFacts = {
    schema: 1,
    running: false,
    data_folder: path.data,
    agent: identity === undefined ? null : agentReport(identity, found),
    pid: null,
    uptime_s: null,
    state: { name: "stopped", since: null, reason: null, cause: null, next_try_at: null },
    server: {
      url: server_url,
      in_use: null,
      proxy: null,
      token: { state: "none", expires_at: null },
      clock_offset_s: null,
      clock_off_since: null,
      last_acknowledged_batch: null,
    },
    shared_config: {
      state: identity === undefined || identity.groups.length === 0 ? "none" : "unknown",
      ...groupFiles,
      reason: null,
      failing_since: null,
      next_try_at: null,
    },
    commands: NO_COMMANDS,
    configuration: { warnings: [...warnings] },
    queue: { ...queueReport(queue, bounds), unreadable: found.unreadable ?? null },
    streams: {
      stateless: streamReport(queue, "stateless", { nowMs }),
      stateful: streamReport(queue, "stateful", { nowMs }),
    },
    ...moduleReports(modules),
    log: logReport(undefined),
    metrics: { listen: null, reason: null, since: null },
    responses: found.responses ?? { active: 0, reverting: 0, failing: [] },
    service: { reason: null, since: null },
    upgrade: found.upgrade ?? NO_UPGRADE,
    watchdog: [],
  };
  return { ...facts, health: healthOf(facts, { options, nowMs }) };
}

const NO_FILES: GroupFilesReport = { files: [], confirmed_at: null };

const NO_UPGRADE: UpgradeStatus = {
  state: "not_installed",
  version: VERSION,
  current: null,
  versions: [],
  to: null,
  percent: null,
  available: null,
  last_result: null,
};

const NO_COMMANDS: StatusDocument["commands"] = {
  state: "stopped",
  since: null,
  reason: null,
  last_answer_at: null,
  cut_polls: 0,
  received: 0,
  waiting: 0,
  running: 0,
  succeeded: 0,
  failed: 0,
};
