/**
 * Runs the scripts that the owner of the machine has put there.
 *
 * @module
 */

import type { Clock } from "../../shared/clock.ts";
import { mayRun } from "./drop_permissions.ts";
import { type ProgramResult, runProgram } from "./process_group.ts";
import { hasScript, removeCopies, takeScript } from "./script_file.ts";

/** Most bytes of each output in a result. */
const MAX_OUTPUT_BYTES = 64 * 1024;

/** What {@linkcode Scripts} are run with. */
interface ScriptsDeps {
  dataFolder: string;
  clock: Clock;
  /** Whether this process may start programs still. @default what the runtime says */
  mayRun?: () => Promise<boolean>;
}

/** What a script is given. */
interface ScriptCall {
  /** As they are, without a shell. @default none */
  arguments?: readonly string[];
  /** Text on standard input. @default none */
  input?: string;
  /** See `runProgram()`. */
  answer?: (firstLine: string) => Promise<string>;
  /** See `runProgram()`. */
  onStart?: () => void;
  signal: AbortSignal;
}

/** One for all that run scripts: what a crash left behind is removed while none runs. */
export class Scripts {
  readonly #deps: Required<ScriptsDeps>;
  #running = 0;

  constructor(deps: ScriptsDeps) {
    this.#deps = { mayRun, ...deps };
  }

  /** Why this process runs no script, in one line; `undefined` when it does. */
  async whyNot(): Promise<string | undefined> {
    if (!await this.#deps.mayRun()) {
      return "active response was off when the agent started, which then gave back the right to start programs: restart it";
    }
    return Deno.build.os === "windows" ? "scripts do not work on Windows" : undefined;
  }

  /** Whether there is something of that name, whatever it is. */
  has(name: string): boolean {
    return hasScript(this.#deps.dataFolder, name);
  }

  /**
   * Runs one to its end.
   *
   * @throws {AgentError} as `takeScript` does; what `runProgram` throws
   */
  async run(name: string, { arguments: list = [], ...call }: ScriptCall): Promise<ProgramResult> {
    const { dataFolder, clock } = this.#deps;
    // While one runs, a copy may be its own.
    if (this.#running === 0) removeCopies(dataFolder);
    this.#running += 1;
    try {
      using script = takeScript(dataFolder, name);
      const { path } = script;
      const bounds = { maxOutputBytes: MAX_OUTPUT_BYTES, clock };
      return await runProgram({ ...call, ...bounds, path, arguments: list });
    } finally {
      this.#running -= 1;
    }
  }
}
