/**
 * What can go wrong with a build, and what to do about it.
 *
 * @module
 */

import { AgentError } from "../../src/shared/errors.ts";

/** What a build is made with, as far as messages name it. */
export interface Compiler {
  /** Version of the Deno that compiles. */
  version: string;
  /** Platform to build for; `undefined` for this one. */
  target: string | undefined;
  /** The base of the executable (denort), as `DENORT_BIN` names it; `undefined` when Deno fetches it. */
  base: string | undefined;
}

/** Deno could not fetch the base: there is nothing wrong with the project. */
export class BaseUnavailableError extends AgentError {}

/** The error for a `deno compile` that failed and wrote `stderr`. */
export function compileError(name: string, stderr: string, compiler: Compiler): AgentError {
  const { base, version } = compiler;
  if (!/Setting up base binary|Could not find denort|Writing binary bytes/.test(stderr)) {
    return new AgentError("failed", `Cannot compile ${name}: ${stderr}`);
  }
  if (base !== undefined) {
    const problem = `the base of the executable, DENORT_BIN=${base}, is missing or no denort`;
    return baseError(name, compiler, { problem, text: stderr });
  }
  const problem = `the base of the executable (denort ${version}) could not be fetched`;
  const { message, hint = "" } = baseError(name, compiler, { problem, text: stderr });
  return new BaseUnavailableError("failed", message, { hint });
}

/** The error for an executable that was made but, started with `--version`, wrote `output`. */
export function startError(name: string, output: string, compiler: Compiler): AgentError {
  const { base, version } = compiler;
  return baseError(name, compiler, {
    problem: base === undefined
      ? `what Deno ${version} made does not start`
      : `the base of the executable, DENORT_BIN=${base}, is no denort ${version}`,
    text: output,
  });
}

/** The error for an executable whose base is of another version than the compiler. */
export function versionError(name: string, compiler: Compiler): AgentError {
  return startError(name, `It holds no "Deno/${compiler.version}"`, compiler);
}

/** The error for an executable that is for `found` in place of the platform that was asked for. */
export function platformError(
  name: string,
  found: string | undefined,
  compiler: Compiler,
): AgentError {
  const { base, target = Deno.build.target } = compiler;
  const made = base === undefined
    ? `what Deno ${compiler.version} made`
    : `the base of the executable, DENORT_BIN=${base},`;
  const text = `It is for ${found ?? "no platform that is known here"}`;
  return baseError(name, compiler, { problem: `${made} is not for ${target}`, text });
}

/** The error for an executable that answers `--version` but, started in earnest, does not become ready. */
export function notReadyError(name: string, output: string): AgentError {
  return new AgentError("failed", `Cannot compile ${name}: it starts but is not ready\n${output}`, {
    hint: "run the program from source; if it starts there, the bundle is at fault",
  });
}

function baseError(
  name: string,
  { version, target = Deno.build.target }: Compiler,
  { problem, text }: { problem: string; text: string },
): AgentError {
  const archive = `https://dl.deno.land/release/v${version}/denort-${target}.zip`;
  return new AgentError("failed", `Cannot compile ${name}: ${problem}\n${text}`, {
    hint: `set DENORT_BIN to the denort out of ${archive}, ` +
      "or run this with the Deno whose denort you have",
  });
}
