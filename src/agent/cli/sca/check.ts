/**
 * `agent sca check`.
 *
 * @module
 */

import { systemClock } from "../../../shared/clock.ts";
import { loadConfig } from "../../config/load.ts";
import { checkLive } from "../../modules/sca/live.ts";
import type { CommandIo } from "../command_io.ts";
import { resultsDocument } from "./results_document.ts";
import { resultsText } from "./results_text.ts";

/** Flags of the command. */
interface CheckOptions {
  id?: string | undefined;
  json?: true | undefined;
  config?: string | undefined;
}

/** Checks, and prints what came of it. */
export async function checkPolicy(
  io: CommandIo,
  file: string,
  { id, json, config: configFile }: CheckOptions,
): Promise<void> {
  const { config } = await loadConfig({ file: configFile, env: io.env });
  const results = await checkLive(file, {
    id,
    options: config.sca,
    clock: systemClock,
    signal: io.signal,
  });
  const document = resultsDocument(file, results);
  io.stdout(json ? `${JSON.stringify(document)}\n` : resultsText(document));
}
