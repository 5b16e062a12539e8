/**
 * What the server, or for a while a person, said last of which modules are enabled, kept in `modules.json` of the data folder:
 *
 *     { "logcollector": { "enabled": false, "by": "server", "at": "2026-02-19T20:25:46.000Z" } }
 *
 * It is stronger than every file and weaker than flags and the environment. An entry stays until it is reset, or until the moment
 * `until` if it has one: after that it says nothing.
 *
 * @module
 */

import { join } from "node:path";
import * as z from "zod";
import type { Given, Place } from "../../shared/config/given.ts";
import type { Option } from "../../shared/config/options.ts";
import { AgentError, messageOf } from "../../shared/errors.ts";
import { describeIssues } from "../../shared/text.ts";
import { readOwnFile } from "../../shared/files/private_file.ts";
import { writeFileAtomically } from "../identity/atomic_write.ts";

const FILE_NAME = "modules.json";

const overrideSchema = z.object({
  enabled: z.boolean(),
  by: z.enum(["server", "person"]),
  at: z.iso.datetime(),
  until: z.iso.datetime().optional(),
});
const fileSchema = z.record(z.string(), overrideSchema);

/** Who enabled or disabled a module, when, and until when (ISO 8601, UTC). */
export type ModuleOverride = z.output<typeof overrideSchema>;

/** Overrides by the name of their module. */
export type ModuleOverrides = ReadonlyMap<string, ModuleOverride>;

/**
 * The overrides in a data folder that hold now; none when there is no file.
 *
 * @throws {AgentError} `failed` when the file cannot be read or understood: see {@linkcode setAsideDamagedOverrides}
 */
export function readModuleOverrides(dataFolder: string, nowMs = Date.now()): ModuleOverrides {
  const path = join(dataFolder, FILE_NAME);
  try {
    const found = fileSchema.safeParse(JSON.parse(readOwnFile(path)));
    if (!found.success) throw new SyntaxError(describeIssues(found.error));
    return new Map(Object.entries(found.data).filter(([, override]) => !isOver(override, nowMs)));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return new Map();
    if (error instanceof AgentError) throw error;
    const message = `Cannot use ${JSON.stringify(path)}: ${messageOf(error)}`;
    const hint = "agent modules reset NAME sets the file aside: what is in it is then forgotten";
    if (error instanceof SyntaxError) throw new DamagedOverridesError("failed", message, { hint });
    throw new AgentError("failed", message, {
      cause: error,
      hint: "make it readable for this user",
    });
  }
}

function isOver({ until }: ModuleOverride, nowMs: number): boolean {
  return until !== undefined && Date.parse(until) <= nowMs;
}

/** `modules.json` is there and says nothing that can be understood. */
class DamagedOverridesError extends AgentError {}

/**
 * Moves a file away that cannot be understood, beside its place. Whoever calls this holds the lock of the data folder.
 *
 * @returns where it is now, or `undefined` when nothing was wrong with it
 * @throws {AgentError} when it cannot be read
 * @throws {Deno.errors} when it cannot be moved
 */
export function setAsideDamagedOverrides(dataFolder: string): string | undefined {
  try {
    readModuleOverrides(dataFolder);
    return undefined;
  } catch (error) {
    if (!(error instanceof DamagedOverridesError)) throw error;
    const path = join(dataFolder, FILE_NAME);
    // One copy is enough to look at; the newest tells most.
    Deno.renameSync(path, `${path}.damaged`);
    return `${path}.damaged`;
  }
}

/**
 * Sets the override of a module, or takes it away, and with it those that hold no more. Whoever writes holds the lock of the data
 * folder.
 *
 * @throws {AgentError} `folder_unusable`; what was there before then still is
 */
export function writeModuleOverride(
  dataFolder: string,
  name: string,
  override: ModuleOverride | undefined,
  nowMs = Date.now(),
): void {
  const path = join(dataFolder, FILE_NAME);
  const overrides = new Map(readModuleOverrides(dataFolder, nowMs));
  if (override === undefined) overrides.delete(name);
  else overrides.set(name, override);
  try {
    writeFileAtomically(path, `${JSON.stringify(Object.fromEntries(overrides), null, 2)}\n`);
  } catch (error) {
    if (error instanceof AgentError) throw error;
    throw new AgentError("folder_unusable", `Cannot write "${path}": ${messageOf(error)}`, {
      cause: error,
      hint: "make room on the disk, and the folder writable for this user",
    });
  }
}

/** The overrides as values of options, and a warning for each that names no module of this agent. */
export function givenByOverrides(
  overrides: ModuleOverrides,
  options: ReadonlyMap<string, Option>,
): { given: Given[]; warnings: string[] } {
  const known = [...overrides].filter(([name]) => options.has(`${name}.enabled`));
  const unknown = [...overrides.keys()].filter((name) => !options.has(`${name}.enabled`));
  return {
    given: known.map(([name, { enabled, by, at, until }]) => {
      const place: Place = {
        source: "command",
        action: actionOf(by, enabled),
        at,
        ...(until !== undefined && { until }),
      };
      const shown = () => String(enabled);
      return { path: `${name}.enabled`, value: enabled, place, shown, placeOf: () => place };
    }),
    warnings: unknown.map((name) =>
      `The server's word on module ${JSON.stringify(name)} is ignored: there is no such module`
    ),
  };
}

function actionOf(by: ModuleOverride["by"], enabled: boolean): string {
  const verb = enabled ? "enable" : "disable";
  return by === "server" ? `${verb}-module` : `agent modules ${verb}`;
}
