/**
 * Extensions of Firefox: `extensions.json` of a profile, and `profiles.ini`, which names the profiles.
 *
 * @module
 */

import * as z from "zod";
import type { BrowserExtension } from "../browsers/extension.ts";

const text = z.string().nullish().catch(undefined);
const flag = z.boolean().nullish().catch(undefined);
const ADDON = z.object({
  id: z.string().min(1),
  version: z.string().min(1),
  type: text,
  location: text,
  path: text,
  sourceURI: text,
  installDate: z.number().nullish().catch(undefined),
  active: flag,
  visible: flag,
  applyBackgroundUpdates: z.number().nullish().catch(undefined),
  defaultLocale: z.object({ name: text, description: text, creator: text }).nullish()
    .catch(undefined),
  userPermissions: z.object({
    permissions: z.array(z.string()).catch([]).default([]),
    origins: z.array(z.string()).catch([]).default([]),
  }).nullish().catch(undefined),
});
const EXTENSIONS = z.object({ addons: z.array(z.unknown()) });

/** Parts of Firefox itself. */
const OWN_LOCATIONS = /^app-(builtin|system)/;
/** `AddonManager.AUTOUPDATE_DISABLE`. */
const NO_UPDATES = 0;
const LATEST_MS = 253_402_300_800_000;

/** A profile of Firefox. */
interface FirefoxProfile {
  name: string;
  path: string;
  isRelative: boolean;
}

/**
 * The add-ons of a profile, but for those that are parts of Firefox.
 *
 * @throws {SyntaxError} when it is no JSON, {z.ZodError} when it has another form
 */
export function parseFirefoxExtensions(json: string): BrowserExtension[] {
  const addons = EXTENSIONS.parse(JSON.parse(json)).addons.flatMap((one) =>
    ADDON.safeParse(one).data ?? []
  );
  return addons.filter(({ location }) => !OWN_LOCATIONS.test(location ?? "")).map((addon) => {
    const { defaultLocale: locale, userPermissions: allowed } = addon;
    const updates = addon.applyBackgroundUpdates ?? undefined;
    return {
      id: addon.id,
      name: locale?.name || addon.id,
      version: addon.version,
      type: addon.type ?? undefined,
      description: locale?.description ?? undefined,
      vendor: locale?.creator ?? undefined,
      permissions: [...allowed?.permissions ?? [], ...allowed?.origins ?? []],
      reference: addon.sourceURI ?? undefined,
      autoupdate: updates === undefined ? undefined : updates !== NO_UPDATES,
      enabled: addon.active ?? undefined,
      visible: addon.visible ?? undefined,
      installed: isoDate(addon.installDate ?? undefined),
      path: addon.path ?? undefined,
      isReferenced: true,
    };
  });
}

/** The profiles that `profiles.ini` names. */
export function parseFirefoxProfiles(ini: string): FirefoxProfile[] {
  return ini.split(/^\[/m).filter((section) => /^Profile\d+\]/.test(section)).flatMap((section) => {
    const value = (name: string) => new RegExp(`^${name}=(.*)$`, "m").exec(section)?.[1]?.trim();
    const path = value("Path");
    return path
      ? [{ name: value("Name") ?? path, path, isRelative: value("IsRelative") !== "0" }]
      : [];
  });
}

function isoDate(ms: number | undefined): string | undefined {
  return ms !== undefined && ms > 0 && ms < LATEST_MS ? new Date(ms).toISOString() : undefined;
}
