/**
 * Profiles of Firefox.
 *
 * @module
 */

import { parseFirefoxExtensions, parseFirefoxProfiles } from "../formats/firefox_extensions.ts";
import type { Machine } from "../machine.ts";
import { naming } from "../packages/source.ts";
import type { ExtensionProfile } from "./extension.ts";

/**
 * The profiles in the folder of Firefox.
 *
 * @throws when one cannot be read or understood
 */
export function firefoxProfiles(
  machine: Machine,
  { browser, folder }: { browser: string; folder: string },
): ExtensionProfile[] {
  const profiles = parseFirefoxProfiles(machine.readDatabase(`${folder}/profiles.ini`) ?? "");
  return profiles.flatMap(({ name, path, isRelative }) => {
    const profile = isRelative ? `${folder}/${path}` : path;
    const file = `${profile}/extensions.json`;
    const json = machine.readDatabase(file);
    // A profile that was never used has none.
    if (json === undefined) return [];
    const extensions = naming(machine.real(file), () => parseFirefoxExtensions(json));
    return [{ browser, name, path: profile, extensions }];
  });
}
