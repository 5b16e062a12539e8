/**
 * How the modules stand while no agent runs. Knows no database.
 *
 * @module
 */

import { placeText } from "../../../shared/config/given.ts";
import type { EnabledBy, ModuleStatus } from "../../../shared/protocol/part_status.ts";
import type { LoadedConfig } from "../../config/load.ts";
import { moduleOptions } from "../../config/schema.ts";
import type { Module } from "../../modules/module.ts";
import { MODULES } from "../../modules/modules.ts";
import { stoppedModule } from "../../status/module_report.ts";

/** How the modules stand while no agent runs. */
export function stoppedModules(
  loaded: Pick<LoadedConfig, "config" | "places">,
  modules: readonly Module[] = MODULES,
): ModuleStatus[] {
  return modules.map(({ name }) => {
    const { enabled } = moduleOptions(loaded.config, name);
    return stoppedModule({ name, enabled, enabledBy: enabledBy(name, loaded.places) });
  });
}

/** Who says whether the module `name` is enabled. */
export function enabledBy(name: string, places: LoadedConfig["places"]): EnabledBy {
  const place = places.get(`${name}.enabled`) ?? { source: "default" };
  const until = place.source === "command" ? place.until : undefined;
  return {
    source: place.source,
    at: place.source === "default" ? null : placeText(place),
    ...(until !== undefined && { until }),
  };
}
