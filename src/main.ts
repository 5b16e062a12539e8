/**
 * The agent: argv in, exit status out.
 *
 * @module
 */

import { systemIo } from "./cli/cli_io.ts";
import { runProgram } from "./cli/program.ts";
import { stopSignal } from "./cli/signals.ts";

Deno.exit(await runProgram(Deno.args, systemIo(stopSignal())));
