/**
 * Runs the scripts that the owner of the machine has put there.
 *
 * @module
 */

import type { Clock } from "../../shared/clock.ts";
import { messageOf } from "../../shared/errors.ts";
import { mayRun } from "./drop_permissions.ts";
import { type ProgramResult, runProgram } from "./process_group.ts";
import { copyOfScript, hasScript, removeCopies, takeScript } from "./script_file.ts";

/** Most bytes of each output in a result. */
const MAX_OUTPUT_BYTES = 64 * 1024;

/** Scripts that are brought and signed; see `responses/signed_scripts.ts`. */
export interface BroughtScripts {
  /** Whether these count, and no others. */
  isOn(): boolean;
  has(name: string): boolean;
  content(
    name: string,
    options: { isReversal?: boolean; signal: AbortSignal },
  ): Promise<Uint8Array>;
}

/** What {@linkcode Scripts} are run with. */
interface ScriptsDeps {
  dataFolder: string;
  clock: Clock;
  /** Whether this process may start programs still. @default what the runtime says */
  mayRun?: () => Promise<boolean>;
  /** @default none are brought */
  brought?: BroughtScripts;
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
  /** Whether it ends what it did. @default false */
  isReversal?: boolean;
  signal: AbortSignal;
}

/** One for all that run scripts: what a crash left behind is removed while none runs. */
export class Scripts {
  readonly #deps: Required<ScriptsDeps>;
  #running = 0;

  constructor(deps: ScriptsDeps) {
    this.#deps = { mayRun, brought: NONE, ...deps };
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
    const { brought, dataFolder } = this.#deps;
    return brought.isOn() ? brought.has(name) : hasScript(dataFolder, name);
  }

  /** Why a script cannot be run, in one line; one that has to be brought is. */
  async whyNotThis(name: string, signal: AbortSignal): Promise<string | undefined> {
    const why = await this.whyNot();
    if (why !== undefined) return why;
    const { brought } = this.#deps;
    try {
      if (brought.isOn()) await brought.content(name, { signal });
      else if (!this.has(name)) return `there is no response "${name}" on this machine`;
      return undefined;
    } catch (error) {
      signal.throwIfAborted();
      return messageOf(error);
    }
  }

  /**
   * Runs one to its end.
   *
   * @throws {AgentError} as `takeScript` does; what `runProgram` throws
   */
  async run(
    name: string,
    { arguments: list = [], isReversal = false, ...call }: ScriptCall,
  ): Promise<ProgramResult> {
    const { dataFolder, clock, brought } = this.#deps;
    const { signal } = call;
    // While one runs, a copy may be its own.
    if (this.#running === 0) removeCopies(dataFolder);
    this.#running += 1;
    try {
      await using script = brought.isOn()
        ? copyOfScript(await brought.content(name, { isReversal, signal }), { dataFolder, name })
        : takeScript(dataFolder, name);
      const { path } = script;
      const bounds = { maxOutputBytes: MAX_OUTPUT_BYTES, clock };
      const how = { path, arguments: list, quickStart: true };
      return await runProgram({ ...call, ...bounds, ...how });
    } finally {
      this.#running -= 1;
    }
  }
}

const NONE: BroughtScripts = {
  isOn: () => false,
  has: () => false,
  content: () => Promise.reject(new Error("no scripts are brought")),
};
