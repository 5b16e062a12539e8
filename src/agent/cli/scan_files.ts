/**
 * `agent scan-files`: what the agent starts to look at files in a process of its own.
 *
 * @module
 */

import { Command, type CommandUnknownOpts } from "@commander-js/extra-typings";
import { systemClock } from "../../shared/clock.ts";
import { SCAN_COMMAND } from "../modules/fim/scan/scan_command.ts";
import { runScanChild } from "../modules/fim/scan/scan_child.ts";
import { StateReader } from "../state/state_reader.ts";
import type { CommandIo } from "./command_io.ts";
import { writeAll } from "./write_all.ts";

/** Builds the command. */
export function scanFilesCommand(io: CommandIo): CommandUnknownOpts {
  return new Command(SCAN_COMMAND)
    .description("scan files for the agent: a job on standard input, findings on standard output")
    .action(async () => {
      await io.endStart?.({ startsPrograms: false });
      await runScanChild({
        input: Deno.stdin.readable,
        write: writeAll,
        clock: systemClock,
        openStates: (database) => new StateReader(database, { module: "fim", collector: "file" }),
      });
    });
}
