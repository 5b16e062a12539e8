/**
 * Whether the module can do its work here.
 *
 * @module
 */

import type { CheckResult } from "../check.ts";
import { LibcLibrary } from "../../platform/libc/library.ts";
import { SystemFiles } from "../../platform/system_files.ts";
import type { Trouble } from "../problems.ts";
import { look } from "./looking.ts";
import type { FimOptions } from "./options.ts";

/** Whether the folders are there, can be read, and lie where the agent looks. */
export function checkDirectories(options: FimOptions): CheckResult {
  const [leftOut] = leftOutOf(options);
  if (leftOut !== undefined) {
    return { status: "warn", message: leftOut.message, try: leftOut.hint };
  }
  const paths = options.directories.map((one) => typeof one === "string" ? one : one.path)
    .filter((path) => !/[*?]/.test(path));
  const missing = paths.filter((path) => !isReadable(path));
  if (missing.length === 0) {
    return { status: "ok", message: `${paths.length} folders can be read` };
  }
  return {
    status: missing.length === paths.length ? "fail" : "warn",
    message: `${missing.slice(0, 3).join(", ")} ${
      missing.length > 1 ? "are" : "is"
    } not there, or cannot be read`,
    try: "make them, let the agent read them, or take them out of fim.directories",
  };
}

function leftOutOf(options: FimOptions): Trouble[] {
  const library = new LibcLibrary();
  const deps = { options, library, files: new SystemFiles(library), never: [] };
  return look(deps, undefined).troubles.left_out;
}

function isReadable(path: string): boolean {
  try {
    if (Deno.statSync(path).isDirectory) Deno.readDirSync(path)[Symbol.iterator]().next();
    return true;
  } catch {
    return false;
  }
}
