/**
 * What is wrong with a cluster, or may become so.
 *
 * @module
 */

import { checkVersion } from "../cluster/link/server_version.ts";
import { COMPARED, differences } from "../same_everywhere.ts";
import { AgentError } from "../../shared/errors.ts";
import type { InspectedStream } from "../cluster/link/stream_inspection.ts";
import type { Inspection } from "./inspection.ts";

/** One thing that was looked at. */
export interface Finding {
  level: "fine" | "warning" | "wrong";
  text: string;
  /** What to do about it. */
  hint?: string;
}

const NEARLY_FULL = 0.8;
const CLOCK_WARNING_MS = 2_000;
const CLOCK_WRONG_MS = 10_000;
const ADVISED_PAYLOAD = 1_048_576;

/** Looks at everything. */
export function findings(found: Inspection): Finding[] {
  return [
    version(found),
    ...found.missing.map((name): Finding => ({
      level: "wrong",
      text: `Stream ${name} is not there`,
      hint: "start a manager: it makes what is missing",
    })),
    ...found.streams.flatMap(stream),
    clock(found),
    payload(found),
    ...settings(found),
    {
      level: found.nodes.length > 1 ? "fine" : "warning",
      text: `${found.nodes.length} managers live: ${
        found.nodes.map(({ node }) => node).join(", ")
      }`,
    },
    {
      level: "warning",
      text: "Whether the servers write to their disks before they confirm cannot be seen from here",
      hint:
        "see that /varz of each server shows sync_always: a power cut of several loses events without it",
    },
  ];
}

function version({ server_version }: Inspection): Finding {
  const warnings: string[] = [];
  try {
    checkVersion(server_version, (text) => warnings.push(text));
  } catch (error) {
    const hint = error instanceof AgentError ? error.hint : undefined;
    return {
      level: "wrong",
      text: String((error as Error).message),
      ...(hint !== undefined && { hint }),
    };
  }
  const [warning] = warnings;
  return warning === undefined
    ? { level: "fine", text: `nats-server ${server_version}` }
    : { level: "warning", text: warning };
}

function stream(one: InspectedStream): Finding[] {
  const { name, leader, behind, bytes, max_bytes, replicas } = one;
  const all: Finding[] = [];
  if (leader === null) {
    all.push({
      level: "wrong",
      text: `${name} has no leader`,
      hint: "start the NATS servers that are down",
    });
  }
  if (behind.length > 0) {
    all.push({ level: "warning", text: `${name} is behind at ${behind.join(", ")}` });
  }
  if (replicas < 3) {
    all.push({
      level: "warning",
      text: `${name} is kept ${replicas} times: a server that dies stops it`,
    });
  }
  if (max_bytes > 0 && bytes > NEARLY_FULL * max_bytes) {
    const percent = Math.round(100 * bytes / max_bytes);
    all.push({
      level: "wrong",
      text: `${name} is ${percent} % full`,
      hint: "have events read and removed, or give it more room",
    });
  }
  return all.length > 0 ? all : [{ level: "fine", text: `${name}: ${one.messages} messages` }];
}

function clock({ clock_ahead_ms: aheadMs }: Inspection): Finding {
  if (aheadMs === null) return { level: "warning", text: "The servers do not say what time it is" };
  const apart = Math.abs(aheadMs);
  const level = apart > CLOCK_WRONG_MS ? "wrong" : apart > CLOCK_WARNING_MS ? "warning" : "fine";
  return { level, text: `The clocks are ${apart} ms apart` };
}

function payload({ max_payload }: Inspection): Finding {
  const level = max_payload < ADVISED_PAYLOAD ? "warning" : "fine";
  return { level, text: `A message may have ${max_payload} bytes, a batch of events 16 kB less` };
}

/** What each manager is given by its own options. */
function settings({ nodes }: Inspection): Finding[] {
  return differences(nodes).map(({ what, nodes }) => ({
    level: "wrong",
    text: `Managers ${nodes.join(", ")} do not all have the same ${what}`,
    hint: `make it the same at all of them: ${COMPARED[what]}`,
  }));
}
