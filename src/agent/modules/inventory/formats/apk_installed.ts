/**
 * The database of apk, `/lib/apk/db/installed`: paragraphs of `X:value` lines, see "Apk spec" of Alpine.
 *
 * @module
 */

import { countIn, isoOfSeconds, type Package } from "../packages/package.ts";
import { FormatError } from "./format_error.ts";

/** Name, version, architecture, size, description, origin, maintainer, time of the build. */
const FIELD = /^([PVAITomt]):(.*)$/gm;

/**
 * The installed packages.
 *
 * @param read reads one paragraph; what it does with what is thrown decides about the others
 * @throws {FormatError} when a paragraph has no name or no version, or the last one is cut off
 */
export function parseApkInstalled(
  text: string,
  read: (one: () => Package) => Package | undefined = (one) => one(),
): Package[] {
  let line = 1;
  const paragraphs = text.split("\n\n");
  return paragraphs.flatMap((paragraph, index) => {
    const first = line;
    line += paragraph.split("\n").length + 1;
    if (paragraph.trim() === "") return [];
    const isCut = index === paragraphs.length - 1 && !text.endsWith("\n");
    const one = read(() => {
      if (isCut) throw new FormatError("the text is cut off", first);
      return packageIn(paragraph, first);
    });
    return one === undefined ? [] : [one];
  });
}

function packageIn(paragraph: string, line: number): Package {
  const fields = new Map<string, string>();
  // Lines of files follow, with letters of their own; the first of a letter is the package's.
  for (const [, letter = "", value = ""] of paragraph.matchAll(FIELD)) {
    if (!fields.has(letter)) fields.set(letter, value.trim());
  }
  const [name, version] = [fields.get("P"), fields.get("V")];
  if (!name || !version) throw new FormatError("a package has no P: or no V:", line);
  return {
    type: "apk",
    name,
    version,
    architecture: fields.get("A"),
    description: fields.get("T"),
    // When it was built: apk keeps no other time.
    installed: isoOfSeconds(countIn(fields.get("t"))),
    size: countIn(fields.get("I")),
    source: fields.get("o"),
    vendor: fields.get("m"),
  };
}
