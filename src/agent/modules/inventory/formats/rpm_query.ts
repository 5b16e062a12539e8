/**
 * What `rpm -qa` prints, for databases that only rpm itself can read (ndb of SUSE, Berkeley DB of older systems).
 *
 * @module
 */

import { countIn, isoOfSeconds, type Package } from "../packages/package.ts";
import { FormatError } from "./format_error.ts";
import { rpmVersion } from "./rpm_header.ts";

const TAGS = [
  "NAME",
  "VERSION",
  "RELEASE",
  "EPOCH",
  "ARCH",
  "SUMMARY",
  "INSTALLTIME",
  "SIZE",
  "VENDOR",
  "GROUP",
  "SOURCERPM",
] as const;
const SEPARATOR = "\x1f";
/** How rpm writes what it does not have. */
const NONE = "(none)";

/** For `--qf`: fields with a separator between them that no field contains, a line a package. */
export const RPM_QUERY_FORMAT = TAGS.map((tag) => `%{${tag}}`).join(SEPARATOR) + "\\n";

/**
 * Reads the lines.
 *
 * @throws {FormatError} naming the line that has other fields
 */
export function parseRpmQuery(text: string): Package[] {
  const lines = text.split("\n");
  if (lines.at(-1) === "") lines.pop();
  return lines.flatMap((line, index) => packageIn(line, index + 1) ?? []);
}

function packageIn(line: string, number: number): Package | undefined {
  const fields = line.split(SEPARATOR).map((value) => value === NONE ? undefined : value);
  const [name, version, release, epoch, architecture, description, installed, size] = fields;
  const [vendor, category, source] = fields.slice(8);
  if (fields.length !== TAGS.length || !name || !version) {
    throw new FormatError(`expected ${TAGS.length} fields of rpm -qa`, number);
  }
  if (name === "gpg-pubkey") return undefined;
  return {
    type: "rpm",
    name,
    version: rpmVersion({ version, release, epoch: countIn(epoch) }),
    architecture,
    description,
    installed: isoOfSeconds(countIn(installed)),
    size: countIn(size),
    vendor,
    category,
    source,
  };
}
