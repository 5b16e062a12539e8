/**
 * What `systemctl list-units --output=json` and `list-unit-files --output=json` print, and a unit file, see systemd.unit(5).
 *
 * @module
 */

import * as z from "zod";

/** A service; what is left out is not known. */
export interface Service {
  /** Without `.service`. */
  name: string;
  description?: string | undefined;
  /** `active`, `inactive`, `failed` … */
  state?: string | undefined;
  subState?: string | undefined;
  /** `enabled`, `disabled`, `static`, `masked` … */
  enabled?: string | undefined;
  /** Where its unit file lies. */
  path?: string | undefined;
  executable?: string | undefined;
  restart?: string | undefined;
  user?: string | undefined;
  group?: string | undefined;
  workingDirectory?: string | undefined;
  type?: string | undefined;
}

const UNITS = z.array(z.object({
  unit: z.string(),
  active: z.string(),
  sub: z.string(),
  description: z.string().nullish(),
}));
const UNIT_FILES = z.array(z.object({ unit_file: z.string(), state: z.string() }));
const SERVICE = /\.service$/;

/**
 * The services that are loaded.
 *
 * @throws {SyntaxError} or {z.ZodError} for another text
 */
export function parseUnits(json: string): Service[] {
  return UNITS.parse(JSON.parse(json)).filter(({ unit }) => SERVICE.test(unit))
    .map(({ unit, active, sub, description }) => ({
      name: unit.replace(SERVICE, ""),
      description: description ?? undefined,
      state: active,
      subState: sub,
    }));
}

/**
 * The services that have a unit file, and whether they are enabled.
 *
 * @throws {SyntaxError} or {z.ZodError} for another text
 */
export function parseUnitFiles(json: string): Service[] {
  return UNIT_FILES.parse(JSON.parse(json)).filter(({ unit_file }) => SERVICE.test(unit_file))
    .map(({ unit_file, state }) => ({
      name: unit_file.replace(/^.*\//, "").replace(SERVICE, ""),
      enabled: state,
    }));
}

/** What a unit file says of a service. */
export function parseUnitFile(text: string): Omit<Service, "name"> {
  const value = (name: string) =>
    new RegExp(`^${name}[ \\t]*=[ \\t]*(.*?)[ \\t\\r]*$`, "m").exec(text)?.[1] || undefined;
  return {
    description: value("Description"),
    // Marks before the path say how it is started.
    executable: value("ExecStart")?.replace(/^[-@:+!|]+/, "").split(/\s/)[0],
    restart: value("Restart"),
    user: value("User"),
    group: value("Group"),
    workingDirectory: value("WorkingDirectory"),
    type: value("Type"),
  };
}
