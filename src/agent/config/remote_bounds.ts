/**
 * What the server may not set although the options are shareable, unless `remote.allow` says so: files outside of what this machine
 * lets it read, modules or parts of them turned off, bounds lowered below what holds here without it.
 *
 * Which file a glob finds is told again when it is found and opened (`remote_files.ts`): what is said here is said early, so that
 * an order fails with the reason.
 *
 * @module
 */

import type { Given, Problem } from "../../shared/config/given.ts";
import type { Option } from "../../shared/config/options.ts";
import { whyNotRemote } from "./remote_files.ts";
import type { ModuleOverride, ModuleOverrides } from "./module_overrides.ts";
import { type AgentConfig, isLocked } from "./schema.ts";

/**
 * What is wrong with values of groups.
 *
 * @param local the configuration that holds without the server
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

/** The words on modules that may hold, and a warning for each of the server's that this machine does not allow, or not any more. */
export function allowedOverrides(
  overrides: ModuleOverrides,
  local: AgentConfig | undefined,
): { allowed: ModuleOverrides; warnings: string[] } {
  const allowed = new Map<string, ModuleOverride>();
  const warnings: string[] = [];
  for (const [name, override] of overrides) {
    const why = local && whyRefused(name, override, local);
    if (why === undefined) allowed.set(name, override);
    else warnings.push(`The server's word on module ${JSON.stringify(name)} is ignored: ${why}`);
  }
  return { allowed, warnings };
}

function whyRefused(
  name: string,
  { by, enabled }: ModuleOverride,
  local: AgentConfig,
): string | undefined {
  if (by !== "server") return undefined;
  if (isLocked(local, name)) return `${name}.locked is true`;
  if (enabled || mayTurnOff(`${name}.enabled`, local)) return undefined;
  return `it may not turn it off unless remote.allow.options of this machine has ${name}.enabled`;
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
  const wanted = option?.schema.safeParse(value);
  if (!option?.neverLess || !wanted?.success || !isInForce(path, local)) return undefined;
  if (!isLess(wanted.data, valueAt(local, path))) return undefined;
  return `${path} is ${shown([])}, which is below what holds on this machine, ${allow}`;
}

/** What belongs to a module that does not run here without the server takes nothing away. */
function isInForce(path: string, local: AgentConfig): boolean {
  return valueAt(local, path.replace(/\..*/, ".enabled")) !== false;
}

/** Whether a number is lower, a toggle off that is on or left to the agent, or something is chosen where all is taken. */
function isLess(wanted: unknown, own: unknown): boolean {
  if (typeof own === "number") return Number(wanted) < own;
  if (own === false) return false;
  if (Array.isArray(wanted)) return leavesOut(wanted, own);
  return wanted === false || own === undefined && typeof wanted === "string";
}

/** Of a list that chooses: without an entry it takes everything, as `true` does. */
function leavesOut(wanted: readonly unknown[], own: unknown): boolean {
  if (!Array.isArray(own) || own.length === 0) return wanted.length > 0;
  return own.some((word) => typeof word === "string" && !wanted.includes(word));
}

function valueAt(config: object, path: string): unknown {
  return path.split(".").reduce<unknown>(
    (part, key) => typeof part === "object" && part !== null ? Reflect.get(part, key) : undefined,
    config,
  );
}
