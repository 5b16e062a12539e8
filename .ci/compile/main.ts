/**
 * `deno task compile`: makes the executables.
 *
 * @module
 */

import { AgentError, messageOf } from "../../src/shared/errors.ts";
import { VERSION } from "../../src/shared/version.ts";
import { build } from "./build.ts";
import { BaseUnavailableError } from "./build_error.ts";
import { EXECUTABLES } from "./executables.ts";
import type { Trial } from "./trial.ts";
import { EXIT_STATUS, parseCompileOptions } from "./options.ts";

const { names, target, asVersion } = parseCompileOptions(Deno.args);
const version = asVersion ?? VERSION;
const TRIALS: Record<Trial, string> = {
  ready: `--version says ${version}, started until ready`,
  version: `--version says ${version}`,
  none: "not started here",
};
// Deno, which was interrupted as well, ends with a failure: this process cleans up after it and ends too.
Deno.addSignalListener("SIGINT", () => {});
try {
  for (const executable of EXECUTABLES.filter(({ name }) => names.includes(name))) {
    const { path, trial } = await build(executable, {
      deno: Deno.execPath(),
      root: ".",
      outputFolder: ["dist", target, asVersion].filter((part) => part !== undefined).join("/"),
      programVersion: version,
      asVersion,
      version: Deno.version.deno,
      base: Deno.env.get("DENORT_BIN"),
      target,
    });
    const { size } = await Deno.stat(path);
    console.log(`Made ${path} (${Math.round(size / 1_000_000)} MB, ${TRIALS[trial]})`);
  }
  Deno.exit(0);
} catch (error) {
  console.error(`Error: ${messageOf(error)}`);
  if (error instanceof AgentError && error.hint !== undefined) console.error(`Try: ${error.hint}`);
  Deno.exit(
    error instanceof BaseUnavailableError ? EXIT_STATUS.baseUnavailable : EXIT_STATUS.failed,
  );
}
