/**
 * Whether the module can do its work here.
 *
 * @module
 */

import type { CheckResult } from "../check.ts";
import type { FimOptions } from "./options.ts";

/** Whether the folders are there, and can be read. */
export function checkDirectories({ directories }: FimOptions): CheckResult {
  const paths = directories.map((one) => typeof one === "string" ? one : one.path)
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

function isReadable(path: string): boolean {
  try {
    if (Deno.statSync(path).isDirectory) Deno.readDirSync(path)[Symbol.iterator]().next();
    return true;
  } catch {
    return false;
  }
}
