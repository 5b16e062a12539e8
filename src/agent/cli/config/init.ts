import { resolve } from "node:path";
import { currentPlatform } from "../../../shared/config/platform.ts";
import { writeFirstFile } from "../../config/first_file.ts";
import { defaultPlaces } from "../../config/places.ts";
import { hasJournal } from "../../platform/systemd_journal.ts";
import type { CliIo } from "../cli_io.ts";

/** `agent config init`: writes the file that one begins with, where the agent looks for it unless another place is named. */
export function initConfig(
  io: CliIo,
  { config, force = false, json }: {
    config?: string | undefined;
    force?: true | false | undefined;
    json?: true | undefined;
  },
): void {
  const usual = defaultPlaces(currentPlatform()).configFile;
  const named = config ?? (io.env.AGENT_CONFIG || undefined);
  const file = named === undefined ? usual : resolve(named);
  const replaced = writeFirstFile(file, { force, hasJournal: hasJournal() });
  if (json) return io.stdout(`${JSON.stringify({ schema: 1, file, replaced })}\n`);
  const flag = file === usual ? "" : ` --config ${file}`;
  io.stdout(
    `${replaced ? "Replaced" : "Wrote"} ${file}\n` +
      `Next: set agent.server_url in it, then: agent config check${flag}\n`,
  );
}
