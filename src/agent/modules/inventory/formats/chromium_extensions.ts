/**
 * Extensions of browsers that are made of Chromium: `Preferences` and `Secure Preferences` of a profile, and each `manifest.json`.
 *
 * @module
 */

import * as z from "zod";
import type { BrowserExtension } from "../browsers/extension.ts";

const text = z.string().optional().catch(undefined);
const SETTING = z.object({
  path: text,
  state: z.number().optional().catch(undefined),
  /** A number or a list; of an enabled one neither is there. */
  disable_reasons: z.unknown().optional(),
  location: z.number().optional().catch(undefined),
  from_webstore: z.boolean().optional().catch(undefined),
  first_install_time: text,
  install_time: text,
});
const PREFERENCES = z.object({
  extensions: z.object({ settings: z.record(z.string(), SETTING.catch({})).optional() })
    .optional().catch(undefined),
  profile: z.object({ name: text }).optional().catch(undefined),
});
const MANIFEST = z.object({
  name: z.string().min(1),
  version: z.string().min(1),
  description: text,
  author: z.union([z.string(), z.object({ email: z.string() })]).optional().catch(undefined),
  default_locale: text,
  permissions: z.array(z.unknown()).optional().catch(undefined),
  host_permissions: z.array(z.unknown()).optional().catch(undefined),
  background: z.object({ persistent: z.boolean() }).optional().catch(undefined),
  theme: z.unknown().optional(),
  update_url: text,
});
const MESSAGES = z.record(
  z.string(),
  z.object({ message: z.string() }).optional().catch(undefined),
);

/** What a profile says of an extension. */
export type ChromiumSetting = z.output<typeof SETTING>;

/** Parts of the browser itself: `extensions::mojom::ManifestLocation` of Chromium. */
const COMPONENTS: readonly (number | undefined)[] = [5, 10];
/** From 1601 to 1970, in milliseconds. */
const WINDOWS_EPOCH_MS = 11_644_473_600_000;
const US_PER_MS = 1_000;
const LATEST_MS = 253_402_300_800_000;
const MESSAGE = /^__MSG_(.+)__$/i;

/**
 * What a file of preferences says of extensions, by their ids.
 *
 * @throws {SyntaxError} when it is no JSON, {z.ZodError} when it has another form
 */
export function parseChromiumPreferences(json: string) {
  const { extensions, profile } = PREFERENCES.parse(JSON.parse(json));
  return { settings: extensions?.settings ?? {}, profileName: profile?.name };
}

/** Whether it came with the browser. */
export function isComponent({ location }: ChromiumSetting): boolean {
  return COMPONENTS.includes(location);
}

/**
 * The extension that a manifest describes.
 *
 * @param messages gives the text of a file of messages by the name of its language
 * @returns `undefined` for a manifest without name or version
 * @throws {SyntaxError} when it is no JSON
 */
export function parseChromiumManifest(
  json: string,
  { id, setting, messages }: {
    id: string;
    setting: ChromiumSetting | undefined;
    messages: (language: string) => string | undefined;
  },
): BrowserExtension | undefined {
  const found = MANIFEST.safeParse(JSON.parse(json));
  if (!found.success) return undefined;
  const { name, version, description, author, default_locale, theme, ...manifest } = found.data;
  const shown = (value: string | undefined) =>
    value === undefined ? undefined : localized(value, messages(default_locale ?? "en"));
  return {
    id,
    name: shown(name) ?? name,
    version,
    type: theme === undefined ? "extension" : "theme",
    description: shown(description),
    vendor: typeof author === "string" ? author : author?.email,
    permissions: textsIn([...manifest.permissions ?? [], ...manifest.host_permissions ?? []]),
    persistent: manifest.background?.persistent,
    reference: manifest.update_url,
    autoupdate: manifest.update_url !== undefined,
    enabled: setting && isEnabled(setting),
    fromWebstore: setting?.from_webstore,
    installed: isoOfWindows(setting?.first_install_time ?? setting?.install_time),
    isReferenced: setting !== undefined,
  };
}

function isEnabled({ state, disable_reasons: reasons }: ChromiumSetting): boolean {
  const isDisabled = Array.isArray(reasons) ? reasons.length > 0 : Boolean(reasons);
  return state !== 0 && !isDisabled;
}

function textsIn(values: readonly unknown[]): string[] {
  return values.filter((value) => typeof value === "string");
}

/** `__MSG_name__` stands for a text of the extension's own languages. */
function localized(value: string, json: string | undefined): string {
  const name = MESSAGE.exec(value)?.[1]?.toLowerCase();
  if (name === undefined || json === undefined) return value;
  try {
    const messages = MESSAGES.safeParse(JSON.parse(json)).data ?? {};
    const key = Object.keys(messages).find((one) => one.toLowerCase() === name) ?? "";
    return messages[key]?.message ?? value;
  } catch {
    return value;
  }
}

/** Microseconds since 1601, as Chromium writes times. */
function isoOfWindows(microseconds: string | undefined): string | undefined {
  if (microseconds === undefined || !/^\d{1,18}$/.test(microseconds)) return undefined;
  const ms = Math.floor(Number(microseconds) / US_PER_MS) - WINDOWS_EPOCH_MS;
  return ms > 0 && ms < LATEST_MS ? new Date(ms).toISOString() : undefined;
}
