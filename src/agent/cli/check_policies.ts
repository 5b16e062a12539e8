/**
 * `agent check-policies`: what the agent starts to look at policies in a process of its own.
 *
 * @module
 */

import { Command, type CommandUnknownOpts } from "@commander-js/extra-typings";
import { systemClock } from "../../shared/clock.ts";
import { SCAN_COMMAND } from "../modules/sca/scan/scan_command.ts";
import { runScanChild } from "../modules/sca/scan/scan_child.ts";
import type { CommandIo } from "./command_io.ts";
import { writeAll } from "./write_all.ts";

/** Builds the command. */
export function checkPoliciesCommand(io: CommandIo): CommandUnknownOpts {
  return new Command(SCAN_COMMAND)
    .description(
      "check policies for the agent: a job on standard input, results on standard output",
    )
    .action(async () => {
      await io.endStart?.({ startsPrograms: true });
      await runScanChild({ input: Deno.stdin.readable, write: writeAll, clock: systemClock });
    });
}
