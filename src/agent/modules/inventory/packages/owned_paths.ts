/**
 * Modules of Python and Node.js that packages of the system brought: they are those packages, and would be found twice.
 *
 * @module
 */

import type { Machine } from "../machine.ts";
import { rpmHeaders } from "./rpm.ts";

const DPKG_INFO = "/var/lib/dpkg/info";
const APK_DATABASES = ["/lib/apk/db/installed", "/usr/lib/apk/db/installed"] as const;
const PACMAN = "/var/lib/pacman/local";

const decoder = new TextDecoder();

/** A path that ends with the folder or file by which a module is known. */
const MODULE =
  /\/?(?:usr\/[^\0\n]*?\/[^\0\n/]+\.(?:dist|egg)-info|(?:usr|opt)\/[^\0\n]*?(?:node_modules|share\/nodejs)\/(?:@[^\0\n/]+\/)?[^\0\n/@]+)(?=[\0\n/]|$)/g;

/**
 * Paths of all of them, as dpkg, rpm, apk and pacman tell.
 *
 * @throws when the database of rpm cannot be read: what it owns would be found twice
 */
export function ownedPaths(machine: Machine): ReadonlySet<string> {
  const owned = new Set<string>();
  for (const text of fileLists(machine)) {
    for (const [path] of text.matchAll(MODULE)) owned.add(path.startsWith("/") ? path : `/${path}`);
  }
  return owned;
}

function* fileLists(machine: Machine): Generator<string> {
  for (const name of machine.list(DPKG_INFO)) {
    if (name.endsWith(".list")) yield relevant(machine.readText(`${DPKG_INFO}/${name}`));
  }
  // Names of folders stand in a header as they are, each with a NUL behind it.
  for (const header of rpmHeaders(machine)) yield relevant(decoder.decode(header));
  for (const path of APK_DATABASES) {
    for (const [, folder = ""] of (machine.readText(path) ?? "").matchAll(/^F:(.*)$/gm)) {
      yield relevant(folder);
    }
  }
  for (const name of machine.list(PACMAN)) {
    yield relevant(machine.readText(`${PACMAN}/${name}/files`));
  }
}

/** Most lists have none: looking for words is cheaper than matching. */
function relevant(text = ""): string {
  const isRelevant = text.includes("-info") || text.includes("node_modules") ||
    text.includes("share/nodejs");
  return isRelevant ? text : "";
}
