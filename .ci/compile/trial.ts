/**
 * Trying an executable before it counts as made.
 *
 * @module
 */

import { executableTarget } from "../../src/shared/releases/executable_target.ts";
import {
  type Compiler,
  notReadyError,
  platformError,
  startError,
  versionError,
} from "./build_error.ts";
import { firstLine, runToEnd } from "./deno_command.ts";
import type { Executable } from "./executables.ts";

/** How far an executable was tried: until it was ready, with `--version`, or, for another platform, not at all. */
export type Trial = "ready" | "version" | "none";

const READY_WITHIN_MS = 60_000;

/** The executable to try. */
interface Made {
  /** Its path. */
  made: string;
  /** Where it may keep data. */
  dataFolder: string;
}

/**
 * Requires that the executable is for its platform, of its version, and, where it is for this machine, that it starts.
 * `deno compile` takes any base without a word, and a bundle may fail only when its parts are loaded.
 *
 * @throws {AgentError} `failed`, with what to do
 */
export async function requireWorking(
  { name, readyArgs }: Executable,
  { made, dataFolder }: Made,
  compiler: Compiler & { programVersion: string },
): Promise<Trial> {
  const { target = Deno.build.target, version } = compiler;
  const bytes = await Deno.readFile(made);
  const found = executableTarget(bytes);
  if (found !== target) throw platformError(name, found, compiler);
  if (target !== Deno.build.target) {
    const userAgent = new TextEncoder().encode(`Deno/${version}`);
    if (!includesBytes(bytes, userAgent)) throw versionError(name, compiler);
    return "none";
  }
  await requireVersion(name, made, compiler);
  if (readyArgs === undefined) return "version";
  await requireReady(name, [made, ...readyArgs(dataFolder)]);
  return "ready";
}

async function requireVersion(
  name: string,
  made: string,
  compiler: Compiler & { programVersion: string },
): Promise<void> {
  const { success, stdout, stderr } = await runToEnd(made, ["--version"]);
  if (success && stdout === compiler.programVersion) return;
  throw startError(name, stderr || stdout, compiler);
}

async function requireReady(name: string, command: readonly string[]): Promise<void> {
  const { line, stderr } = await firstLine(command, AbortSignal.timeout(READY_WITHIN_MS));
  if (!line.includes('"ready":true')) throw notReadyError(name, stderr || line);
}

function includesBytes(bytes: Uint8Array, wanted: Uint8Array): boolean {
  const first = wanted[0] ?? 0;
  for (let at = bytes.indexOf(first); at >= 0; at = bytes.indexOf(first, at + 1)) {
    if (wanted.every((byte, index) => bytes[at + index] === byte)) return true;
  }
  return false;
}
