/**
 * Where browsers keep what they know of a user.
 *
 * @module
 */

import type { Machine } from "../machine.ts";
import { chromiumProfiles } from "./chromium.ts";
import type { ExtensionProfile } from "./extension.ts";
import { firefoxProfiles } from "./firefox.ts";

type ReadProfiles = (
  machine: Machine,
  place: { browser: string; folder: string },
) => ExtensionProfile[];

/** A folder below a user's home. */
interface BrowserPlace {
  browser: string;
  folder: string;
  read: ReadProfiles;
}

const chromium = (browser: string, folder: string) => ({ browser, folder, read: chromiumProfiles });
const firefox = (folder: string) => ({ browser: "firefox", folder, read: firefoxProfiles });

const LINUX: readonly BrowserPlace[] = [
  chromium("chrome", ".config/google-chrome"),
  chromium("chrome_beta", ".config/google-chrome-beta"),
  chromium("chromium", ".config/chromium"),
  chromium("chromium", "snap/chromium/common/chromium"),
  chromium("brave", ".config/BraveSoftware/Brave-Browser"),
  chromium("edge", ".config/microsoft-edge"),
  chromium("vivaldi", ".config/vivaldi"),
  firefox(".mozilla/firefox"),
  firefox(".config/mozilla/firefox"),
  firefox("snap/firefox/common/.mozilla/firefox"),
  firefox(".var/app/org.mozilla.firefox/.mozilla/firefox"),
];

const SUPPORT = "Library/Application Support";
/** Never tried on a machine. */
const DARWIN: readonly BrowserPlace[] = [
  chromium("chrome", `${SUPPORT}/Google/Chrome`),
  chromium("chromium", `${SUPPORT}/Chromium`),
  chromium("brave", `${SUPPORT}/BraveSoftware/Brave-Browser`),
  chromium("edge", `${SUPPORT}/Microsoft Edge`),
  chromium("vivaldi", `${SUPPORT}/Vivaldi`),
  firefox(`${SUPPORT}/Firefox`),
];

const LOCAL = "AppData/Local";
/** Never tried on a machine. */
const WINDOWS: readonly BrowserPlace[] = [
  chromium("chrome", `${LOCAL}/Google/Chrome/User Data`),
  chromium("chromium", `${LOCAL}/Chromium/User Data`),
  chromium("brave", `${LOCAL}/BraveSoftware/Brave-Browser/User Data`),
  chromium("edge", `${LOCAL}/Microsoft/Edge/User Data`),
  chromium("vivaldi", `${LOCAL}/Vivaldi/User Data`),
  firefox("AppData/Roaming/Mozilla/Firefox"),
];

/** Where to look below a home. */
export function browserPlaces(platform: Machine["platform"]): readonly BrowserPlace[] {
  return platform === "darwin" ? DARWIN : platform === "windows" ? WINDOWS : LINUX;
}
