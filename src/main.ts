/**
 * The agent: argv in, exit status out.
 *
 * @module
 */

import { takeSignals } from "./agent/process/signals.ts";

const signals = takeSignals({ longRunning: Deno.args[0] === "run" });
// Only now the rest: it takes a moment, in which signals may come.
const { systemIo } = await import("./agent/cli/cli_io.ts");
const { runProgram } = await import("./agent/cli/program.ts");
Deno.exit(await runProgram(Deno.args, systemIo(signals)));
