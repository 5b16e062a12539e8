/**
 * The status document of an agent of another version: one that was upgraded and not started again yet does not say all that this version
 * shows, and says more than it knows of.
 *
 * @module
 */

import type { HealthReport } from "../../shared/protocol/health.ts";
import type { StatusDocument } from "../../shared/protocol/status_document.ts";
import { VERSION } from "../../shared/version.ts";
import type { StatusOptions } from "./agent_report.ts";
import { stoppedStatus } from "./stopped_status.ts";

/** `document` with what it leaves out, as an agent would have it that knows nothing of it. */
export function completeStatus(
  document: Partial<StatusDocument>,
  { config, nowMs }: { config: StatusOptions; nowMs: number },
): StatusDocument {
  const nothing = stoppedStatus(config, { identity: undefined, queue: undefined }, nowMs);
  const health = document.health ?? unknownHealth(document.agent?.version);
  return merged({ ...nothing, health }, document) as StatusDocument;
}

function unknownHealth(version = "an unknown version"): HealthReport {
  return {
    name: "degraded",
    since: null,
    reasons: [{
      code: "other_version",
      level: "degraded",
      subject: null,
      message:
        `The running agent is ${version}, this command ${VERSION}: it does not say how well it does`,
      since: null,
      hint:
        "start the agent again, which then is the version that is installed: systemctl restart agent",
    }],
  };
}

/** What is in `given`, and of `usual` what that leaves out. */
function merged(usual: unknown, given: unknown): unknown {
  if (given === undefined) return usual;
  if (!isMap(usual) || !isMap(given)) return given;
  const filled = Object.entries(usual).map(([key, value]) => [key, merged(value, given[key])]);
  return { ...given, ...Object.fromEntries(filled) };
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
