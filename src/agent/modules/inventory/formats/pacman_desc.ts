/**
 * A package of pacman, `/var/lib/pacman/local/NAME-VERSION/desc`: `%FIELD%` lines, each with its values below, see alpm(3).
 *
 * @module
 */

import { countIn, isoOfSeconds, type Package } from "../packages/package.ts";
import { FormatError } from "./format_error.ts";

/**
 * Reads one.
 *
 * @throws {FormatError} when it has no name or no version
 */
export function parsePacmanDesc(text: string): Package {
  const fields = new Map<string, string>();
  for (const block of text.split(/\n\n+/)) {
    const [, name = "", value = ""] = /^\s*%([A-Z0-9]+)%\n(.*)/.exec(block) ?? [];
    if (name !== "") fields.set(name, value.trim());
  }
  const [name, version] = [fields.get("NAME"), fields.get("VERSION")];
  if (!name || !version) throw new FormatError("it has no %NAME% or no %VERSION%");
  return {
    type: "pacman",
    name,
    version,
    architecture: fields.get("ARCH"),
    description: fields.get("DESC"),
    installed: isoOfSeconds(countIn(fields.get("INSTALLDATE"))),
    size: countIn(fields.get("SIZE")),
    category: fields.get("GROUPS"),
    source: fields.get("BASE"),
    vendor: fields.get("PACKAGER"),
  };
}
