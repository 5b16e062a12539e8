/**
 * What an application of flatpak says of itself: `metadata`, a key file, see flatpak-metadata(5), and the version in its AppStream data.
 *
 * @module
 */

import type { Package } from "../packages/package.ts";
import { FormatError } from "./format_error.ts";

/** Where an installed application lies: `…/app/ID/ARCH/BRANCH/COMMIT`. */
interface FlatpakPlace {
  architecture: string;
  branch: string;
  path: string;
}

/**
 * Reads one.
 *
 * @param appData text of `files/share/metainfo/ID.metainfo.xml`, empty when there is none
 * @throws {FormatError} when the metadata names no application
 */
export function parseFlatpak(
  { metadata, appData }: { metadata: string; appData: string },
  { architecture, branch, path }: FlatpakPlace,
): Package {
  const name = /^\[(?:Application|Runtime)\][^[]*?^name=(.+)$/ms.exec(metadata)?.[1]
    ?.split("\n")[0]?.trim();
  if (!name) throw new FormatError("metadata of a flatpak has no name");
  // The newest release stands first.
  const version = /<release\b[^>]*\bversion="([^"]+)"/.exec(appData)?.[1];
  const summary = /<summary>([^<]*)<\/summary>/.exec(appData)?.[1]?.trim();
  return {
    type: "flatpak",
    name,
    version: version ?? branch,
    architecture,
    description: summary,
    path,
  };
}
