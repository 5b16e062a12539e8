/**
 * The database of dpkg, `/var/lib/dpkg/status`: paragraphs of `Name: value` lines, see deb-control(5) and dpkg-query(1).
 *
 * @module
 */

import { countIn, type Package } from "../packages/package.ts";
import { FormatError } from "./format_error.ts";

/** Only these are looked at: most of the text is descriptions and dependencies. */
const FIELD =
  /^(Package|Status|Version|Architecture|Section|Priority|Source|Maintainer|Installed-Size|Multi-Arch|Description):[ \t]*(.*?)[ \t\r]*$/gm;
const BYTES_PER_KIB = 1_024;
/** Installed, also while its triggers wait for their turn. */
const INSTALLED = /^\S+ \S+ (installed|triggers-awaited|triggers-pending)$/;
const CONTROL_FIELD = /^[A-Za-z][\w-]*:/;

/**
 * The installed packages: those that were removed and left configuration behind, and those half installed, are none.
 *
 * @param options.needsStatus false for `status.d` of images without dpkg, where whatever is there is installed
 * @param options.read reads one paragraph; what it does with what is thrown decides about the others
 * @throws {FormatError} when a paragraph describes no package
 */
export function parseDpkgStatus(
  text: string,
  { needsStatus = true, read = (one) => one() }: {
    needsStatus?: boolean;
    read?: (one: () => Package | undefined) => Package | undefined;
  } = {},
): Package[] {
  const packages: Package[] = [];
  for (const { paragraph, offset } of paragraphsOf(text)) {
    // Then this is another kind of text, or a damaged one, and what looks right in it may be wrong too.
    if (!CONTROL_FIELD.test(paragraph)) {
      throw new FormatError('expected "Name: value"', lineOf(text, offset));
    }
    const one = read(() => {
      if (needsStatus && !text.endsWith("\n") && offset + paragraph.length === text.length) {
        throw new FormatError("the text is cut off", lineOf(text, offset));
      }
      const fields = new Map<string, string>();
      for (const [, name = "", value = ""] of paragraph.matchAll(FIELD)) fields.set(name, value);
      const missing = missingField(fields, needsStatus);
      if (missing !== undefined) throw new FormatError(missing, lineOf(text, offset));
      const isInstalled = !needsStatus || INSTALLED.test(fields.get("Status") ?? "");
      return isInstalled ? packageOf(fields) : undefined;
    });
    if (one !== undefined) packages.push(one);
  }
  return packages;
}

/** Why a paragraph describes no package. */
function missingField(
  fields: ReadonlyMap<string, string>,
  needsStatus: boolean,
): string | undefined {
  if (!fields.get("Package")) return "a paragraph has no field Package";
  if (!needsStatus) return undefined;
  if (!/^\S+ \S+ \S+$/.test(fields.get("Status") ?? "")) {
    return `package "${fields.get("Package")}" has no field Status of three words`;
  }
  const isInstalled = INSTALLED.test(fields.get("Status") ?? "");
  if (isInstalled && !fields.get("Version")) {
    return `package "${fields.get("Package")}" has no field Version`;
  }
  return undefined;
}

function packageOf(fields: ReadonlyMap<string, string>): Package {
  const kib = countIn(fields.get("Installed-Size"));
  return {
    type: "deb",
    name: fields.get("Package") ?? "",
    version: fields.get("Version") ?? "",
    architecture: fields.get("Architecture"),
    description: fields.get("Description"),
    size: kib === undefined ? undefined : kib * BYTES_PER_KIB,
    category: fields.get("Section"),
    multiarch: fields.get("Multi-Arch"),
    priority: fields.get("Priority"),
    // A version in parentheses follows when it is another.
    source: fields.get("Source")?.replace(/ *\(.*$/, ""),
    vendor: fields.get("Maintainer"),
  };
}

function* paragraphsOf(text: string) {
  for (let offset = 0; offset < text.length;) {
    const found = text.indexOf("\n\n", offset);
    const end = found < 0 ? text.length : found;
    const paragraph = text.slice(offset, end);
    if (paragraph.trim() !== "") yield { paragraph, offset };
    offset = end + 2;
  }
}

function lineOf(text: string, offset: number): number {
  return text.slice(0, offset).split("\n").length;
}
