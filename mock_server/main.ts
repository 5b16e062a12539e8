/**
 * The program `mock-server`: the manager, and flags to make it misbehave and to write down what it receives.
 *
 * @module
 */

import { runProgram } from "../src/manager/program.ts";
import { FLAGS, HELP, mockOptions } from "./flags.ts";
import { startMockManager } from "./mock_manager.ts";

if (import.meta.main) {
  await runProgram(Deno.args, {
    name: "mock-server",
    flags: FLAGS,
    help: HELP,
    start: (options, given) => startMockManager({ ...options, ...mockOptions(given) }),
  });
}
