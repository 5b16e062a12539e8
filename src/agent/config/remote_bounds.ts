/**
 * What the files of groups may not set although their options are shareable, unless `remote.allow` says so: files outside of what
 * this machine lets the server read, modules turned off, bounds lowered below what holds here without the server.
 *
 * Which file a glob finds is told again when it is found and opened (`remote_files.ts`): what is said here is said early, so that
 * an order fails with the reason.
 *
 * @module
 */

import type { Given, Problem } from "../../shared/config/given.ts";
import type { Option } from "../../shared/config/options.ts";
import { whyNotRemote } from "./remote_files.ts";
import type { AgentConfig } from "./schema.ts";

/** Options of which the server may not take away from what holds here. */
const MINIMUMS: ReadonlySet<string> = new Set([
  "queue.max_bytes",
  "queue.max_events",
  "queue.max_dead_letter_bytes",
  "commands.journal_retention",
]);

/**
 * What is wrong with values of groups.
 *
 * @param local the configuration that holds without them
 */
export function beyondBounds(
  given: readonly Given[],
  { local, options }: { local: AgentConfig; options: ReadonlyMap<string, Option> },
): Problem[] {
  return given.flatMap((one) => {
    if (one.path === "logcollector.localfiles") return foreignFiles(one, local);
    if (local.remote.allow.options.includes(one.path)) return [];
    const text = takenAway(one, local, options.get(one.path));
    return text === undefined ? [] : [{ path: one.path, place: one.place, text }];
  });
}

/** Whether the server may turn a module off that is on without it. */
export function mayTurnOff(path: string, local: AgentConfig): boolean {
  return valueAt(local, path) !== true || local.remote.allow.options.includes(path);
}

function foreignFiles({ path, value, placeOf }: Given, local: AgentConfig): Problem[] {
  const files = Array.isArray(value) ? value : [];
  return files.flatMap((file, index) => {
    const location = file?.location;
    const why = typeof location === "string" ? whyNotRemote(location, local) : undefined;
    if (why === undefined) return [];
    const place = placeOf([index, "location"], "value");
    const text = `${path}[${index}].location is ${JSON.stringify(location)}, ${why}`;
    return [{ path, place, text }];
  });
}

function takenAway(
  { path, value, shown }: Given,
  local: AgentConfig,
  option: Option | undefined,
): string | undefined {
  const allow = `unless remote.allow.options of this machine has ${path}`;
  if (path.endsWith(".enabled") && value === false && !mayTurnOff(path, local)) {
    return `${path} is false, which the server may not say ${allow}`;
  }
  const own = valueAt(local, path);
  const wanted = option?.schema.safeParse(value);
  if (!MINIMUMS.has(path) || !wanted?.success || Number(wanted.data) >= Number(own)) {
    return undefined;
  }
  return `${path} is ${shown([])}, which is below what holds on this machine, ${allow}`;
}

function valueAt(config: object, path: string): unknown {
  return path.split(".").reduce<unknown>(
    (part, key) => typeof part === "object" && part !== null ? Reflect.get(part, key) : undefined,
    config,
  );
}
