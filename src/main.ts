/**
 * The agent: argv in, exit status out.
 *
 * @module
 */

import { systemIo } from "./agent/cli/cli_io.ts";
import { runProgram } from "./agent/cli/program.ts";
import { stopSignal } from "./agent/cli/signals.ts";

Deno.exit(await runProgram(Deno.args, systemIo(stopSignal())));
