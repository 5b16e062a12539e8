/**
 * The program `manager`.
 *
 * @module
 */

import { runProgram } from "./program.ts";

if (import.meta.main) await runProgram(Deno.args);
