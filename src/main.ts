/**
 * The agent: argv in, exit status out.
 *
 * @module
 */

import { takeSignals } from "./agent/process/signals.ts";

const longRunning = Deno.args[0] === "run";
const signals = takeSignals({ longRunning });
// Only now the rest: it takes a moment, in which signals may come.
const { systemIo } = await import("./agent/cli/cli_io.ts");
const { runProgram } = await import("./agent/cli/program.ts");
const io = await systemIo(signals, { longRunning });
const status = await runProgram(Deno.args, io);
await io.flushStderr();
Deno.exit(status);
