/**
 * `agent config show`: the options in force, where each value comes from, and how old the files of the groups are.
 *
 * @module
 */

import { currentPlatform } from "../../../shared/config/platform.ts";
import type { GroupFilesReport } from "../../../shared/protocol/groups.ts";
import { durationText, visible } from "../../../shared/text.ts";
import type { LoadedConfig } from "../../config/load.ts";
import { listOptions } from "../../config/options.ts";
import { reportGroupFiles } from "../../identity/group_files.ts";
import type { CliIo } from "../cli_io.ts";

/** `agent config show`: prints `loaded`. */
export async function showConfig(
  io: CliIo,
  loaded: LoadedConfig,
  { json }: { json: boolean },
): Promise<void> {
  const { configAsJson, configAsYaml } = await import("../../../shared/config/show.ts");
  const options = listOptions(currentPlatform());
  const shared = storedGroupFiles(loaded);
  if (json) {
    const document = { ...configAsJson(loaded, options), group_files: shared };
    return io.stdout(`${JSON.stringify(document, null, 2)}\n`);
  }
  io.stdout(headOf(loaded, shared) + configAsYaml(loaded, options));
}

/** What cannot be read is no part of the configuration either; loading has warned of it. */
function storedGroupFiles({ config }: LoadedConfig): GroupFilesReport {
  try {
    return reportGroupFiles(config.agent.path.data);
  } catch {
    return { files: [], confirmed_at: null };
  }
}

function headOf({ file }: LoadedConfig, { files, confirmed_at }: GroupFilesReport): string {
  const own = file === undefined ? "No configuration file" : `Configuration file ${file}`;
  const shared = files.map(({ group, stored_at }) =>
    `Group file ${group}.yml, came ${ageOf(stored_at)}, at the server ${ageOf(confirmed_at)}`
  );
  return [own, ...shared].map((line) => `# ${visible(line)}\n`).join("");
}

/** The time itself, and how long ago that is. */
function ageOf(iso: string | null): string {
  if (iso === null) return "at an unknown time";
  const seconds = Math.max(0, Date.now() - Date.parse(iso)) / 1000;
  return `${iso} (${durationText(seconds)} ago)`;
}
