/**
 * What a Python distribution says of itself: `METADATA` of `*.dist-info` and `PKG-INFO` of `*.egg-info`, headers as of a mail, see "Core
 * metadata specifications" of PyPA.
 *
 * @module
 */

import type { Package } from "../packages/package.ts";
import { FormatError } from "./format_error.ts";

/**
 * Reads one.
 *
 * @throws {FormatError} when it has no name or no version
 */
export function parsePythonMetadata(text: string, path: string): Package {
  // A description of any length may follow the first empty line.
  const end = /\r?\n\r?\n/.exec(text)?.index ?? text.length;
  const headers = text.slice(0, end);
  const header = (name: string) =>
    new RegExp(`^${name}:[ \\t]*(.*?)[ \\t\\r]*$`, "mi").exec(headers)?.[1] || undefined;
  const [name, version] = [header("Name"), header("Version")];
  if (name === undefined || version === undefined) {
    throw new FormatError(`"${path}" has no Name or no Version`);
  }
  return {
    type: "pypi",
    name,
    version,
    description: known(header("Summary")),
    vendor: known(header("Author")),
    path,
  };
}

/** Old tools write this for what they do not know. */
function known(value: string | undefined): string | undefined {
  return value === "UNKNOWN" ? undefined : value;
}
