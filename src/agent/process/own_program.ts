import { sourceRunArgs, sourceRunEnv } from "./source_run.ts";

/** How a program is started. */
interface ProgramCall {
  path: string;
  args: string[];
  /** Variables beside those of this process. */
  env: Record<string, string>;
}

/** How this program is started with other arguments: a compiled one is its own runtime, from source it is as `deno task agent` starts it. */
export function ownProgram(args: readonly string[]): ProgramCall {
  const path = Deno.execPath();
  if (Deno.build.standalone) return { path, args: [...args], env: {} };
  return { path, args: [...sourceRunArgs(), ...args], env: sourceRunEnv() };
}
