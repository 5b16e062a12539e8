/**
 * Programs of the system that administer it.
 *
 * @module
 */

import type { Clock } from "../../../shared/clock.ts";
import { oneLine } from "../../../shared/text.ts";
import { endText, type ProgramResult, runProgram } from "../../process/process_group.ts";

/** Runs them. */
export interface SystemTools {
  /** Whether there is one of that name. */
  has(name: string): boolean;
  /** Runs one to its end, whatever its exit status. @throws when there is none, or it cannot be started */
  run(name: string, call: ToolCall): Promise<ProgramResult>;
}

/** What a program is given. */
interface ToolCall {
  arguments: readonly string[];
  /** Text on standard input. @default none */
  input?: string;
  signal: AbortSignal;
}

/** Root's programs are not in the path of a service everywhere. */
const FOLDERS = ["/usr/sbin", "/sbin", "/usr/bin", "/bin"];
const MAX_OUTPUT_BYTES = 64 * 1024;
const ENVIRONMENT = { PATH: FOLDERS.join(":"), LANG: "C", LC_ALL: "C" };

/** Those of this machine. */
export function systemTools(clock: Clock): SystemTools {
  return {
    has: (name) => find(name) !== undefined,
    async run(name, { input = "", ...call }) {
      const path = find(name);
      if (path === undefined) throw new Error(`there is no ${name} on this machine`);
      const options = {
        env: ENVIRONMENT,
        quickStart: true,
        maxOutputBytes: MAX_OUTPUT_BYTES,
        clock,
      };
      return await runProgram({ ...call, ...options, path, input });
    },
  };
}

/** Why a program failed, in one line. */
export function failureText(name: string, result: ProgramResult): string {
  const said = result.stderr.trim() || result.stdout.trim();
  return `${name}: ${said === "" ? endText(result) : oneLine(said, 300)}`;
}

/** Whether it did what it was to do. */
export function isDone({ exit_status, signal }: ProgramResult): boolean {
  return exit_status === 0 && signal === null;
}

function find(name: string): string | undefined {
  return FOLDERS.map((folder) => `${folder}/${name}`).find((path) => {
    try {
      return Deno.statSync(path).isFile;
    } catch {
      return false;
    }
  });
}
