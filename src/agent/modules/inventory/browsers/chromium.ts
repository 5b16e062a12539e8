/**
 * Profiles of Chrome and of other browsers that are made of Chromium.
 *
 * @module
 */

import { hash } from "node:crypto";
import {
  type ChromiumSetting,
  isComponent,
  parseChromiumManifest,
  parseChromiumPreferences,
} from "../formats/chromium_extensions.ts";
import type { Machine } from "../machine.ts";
import { naming, sorted } from "../packages/source.ts";
import type { BrowserExtension, ExtensionProfile } from "./extension.ts";

const PROFILE = /^(Default|Profile \d+|Guest Profile)$/;
const PREFERENCES = ["Preferences", "Secure Preferences"] as const;

type Settings = Readonly<Record<string, ChromiumSetting>>;

/**
 * The profiles in the folder of a browser.
 *
 * @throws when one cannot be read or understood
 */
export function chromiumProfiles(
  machine: Machine,
  { browser, folder }: { browser: string; folder: string },
): ExtensionProfile[] {
  return sorted(machine.listDatabase(folder) ?? []).filter((name) => PROFILE.test(name))
    .map((name) => {
      const path = `${folder}/${name}`;
      const { settings, profileName } = preferencesOf(machine, path);
      return {
        browser,
        name: profileName ?? name,
        path,
        extensions: foldersOf(machine, path, settings).flatMap(({ id, place }) =>
          extensionAt(machine, place, { id, setting: settings[id] }) ?? []
        ),
      };
    });
}

function preferencesOf(machine: Machine, profile: string) {
  const settings: Record<string, ChromiumSetting> = {};
  let profileName: string | undefined;
  for (const file of PREFERENCES) {
    const path = `${profile}/${file}`;
    const json = machine.readDatabase(path);
    if (json === undefined) continue;
    const found = naming(machine.real(path), () => parseChromiumPreferences(json));
    Object.assign(settings, found.settings);
    profileName ??= found.profileName;
  }
  return { settings, profileName };
}

/** Those in the profile's own folder, by id and version, and those that were loaded from elsewhere. */
function foldersOf(machine: Machine, profile: string, settings: Settings) {
  const own = `${profile}/Extensions`;
  const inProfile = sorted(machine.listDatabase(own) ?? []).filter((id) => /^[a-p]{32}$/.test(id))
    .flatMap((id) =>
      sorted(machine.listDatabase(`${own}/${id}`) ?? []).map((version) => ({
        id,
        place: `${own}/${id}/${version}`,
      }))
    );
  const elsewhere = Object.entries(settings)
    .filter(([, setting]) => setting.path?.startsWith("/") && !isComponent(setting))
    .map(([id, { path = "" }]) => ({ id, place: path }));
  return [...inProfile, ...elsewhere];
}

function extensionAt(
  machine: Machine,
  place: string,
  { id, setting }: { id: string; setting: ChromiumSetting | undefined },
): BrowserExtension | undefined {
  const path = `${place}/manifest.json`;
  const json = machine.readDatabase(path);
  // What is being updated has a folder without one.
  if (json === undefined) return undefined;
  const messages = (language: string) =>
    machine.readText(`${place}/_locales/${language}/messages.json`);
  const found = naming(
    machine.real(path),
    () => parseChromiumManifest(json.replace(/^\uFEFF/, ""), { id, setting, messages }),
  );
  return found && { ...found, path: place, sha256: hash("sha256", json, "hex") };
}
