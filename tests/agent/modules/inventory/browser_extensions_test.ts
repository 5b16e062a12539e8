/** Extensions of browsers over made-up homes. */

import assert from "node:assert/strict";
import { InventoryScene } from "./support/inventory_scene.ts";

const ID = "abcdefghijklmnopabcdefghijklmnop";
const OTHER = "ponmlkjihgfedcbaponmlkjihgfedcba";
const CHROME = "/home/ana/.config/google-chrome";
const FIREFOX = "/home/ana/.mozilla/firefox";

const SECTION = {
  packages: false,
  browser_extensions: true,
  users: false,
  groups: false,
  services: false,
  interfaces: false,
  protocols: false,
};

interface Shown {
  browser: { name: string; profile: Record<string, unknown> };
  file: { hash: { sha256: string | null } };
  package: Record<string, unknown>;
  user: { id: string };
}

function scene(): InventoryScene {
  const made = new InventoryScene({ schema: "5.0" });
  made.write("/etc/passwd", "root:x:0:0::/root:/bin/sh\nana:x:1000:1000::/home/ana:/bin/bash\n");
  return made;
}

async function shown(made: InventoryScene): Promise<Shown[]> {
  await made.scan(made.make(SECTION));
  const found = made.shown("browser_extensions") as unknown as Shown[];
  return found.sort((one, other) =>
    String(one.package.name).localeCompare(String(other.package.name))
  );
}

function chrome(made: InventoryScene, settings: Record<string, unknown>): void {
  made.write(
    `${CHROME}/Default/Preferences`,
    JSON.stringify({ extensions: { settings }, profile: { name: "Ana's" } }),
  );
}

function manifest(made: InventoryScene, id: string, version: string, more: object = {}): void {
  const path = `${CHROME}/Default/Extensions/${id}/${version}_0/manifest.json`;
  made.write(path, JSON.stringify({ manifest_version: 3, version, ...more }));
}

Deno.test("extensions of Chrome have all members of schema 5.0, their localized names, and whether they are on", async () => {
  using made = scene();
  chrome(made, {
    [ID]: {
      path: `${ID}/1.4.0_0`,
      state: 1,
      location: 1,
      from_webstore: true,
      first_install_time: "13363182245000000",
    },
    [OTHER]: { path: `${OTHER}/2_0`, disable_reasons: [1] },
    mhjfbmdgcfjbbpaeojofohoefgiehjai: {
      path: "/opt/google/chrome/resources/pdf",
      location: 5,
    },
  });
  manifest(made, ID, "1.4.0", {
    name: "__MSG_appName__",
    description: "Blocks things",
    default_locale: "en",
    author: "A. Uthor",
    permissions: ["storage", { fileSystem: ["write"] }],
    host_permissions: ["https://*/*"],
    update_url: "https://clients2.google.com/service/update2/crx",
  });
  made.write(
    `${CHROME}/Default/Extensions/${ID}/1.4.0_0/_locales/en/messages.json`,
    JSON.stringify({ appname: { message: "Block It" } }),
  );
  manifest(made, OTHER, "2", { name: "Zoomer", background: { persistent: false } });
  const [first, second, ...others] = await shown(made);
  assert.deepEqual(others, []);
  assert.deepEqual(first?.browser, {
    name: "chrome",
    profile: { name: "Ana's", path: `${CHROME}/Default`, referenced: true },
  });
  assert.match(first?.file.hash.sha256 ?? "", /^[0-9a-f]{64}$/);
  assert.equal(first?.user.id, "1000");
  assert.deepEqual(first?.package, {
    autoupdate: true,
    build_version: null,
    description: "Blocks things",
    enabled: true,
    from_webstore: true,
    id: ID,
    installed: "2024-06-18T11:04:05.000Z",
    name: "Block It",
    path: `${CHROME}/Default/Extensions/${ID}/1.4.0_0`,
    permissions: ["storage", "https://*/*"],
    persistent: null,
    reference: "https://clients2.google.com/service/update2/crx",
    type: "extension",
    vendor: "A. Uthor",
    version: "1.4.0",
    visible: null,
  });
  assert.deepEqual([second?.package.enabled, second?.package.persistent], [false, false]);
});

Deno.test("extensions of Firefox are read from each profile, without the parts of Firefox itself", async () => {
  using made = scene();
  made.write(
    `${FIREFOX}/profiles.ini`,
    "[General]\nStartWithLastProfile=1\n\n[Profile0]\nName=work\nIsRelative=1\nPath=x1.work\n\n" +
      "[Profile1]\nName=never used\nIsRelative=1\nPath=x2.never\n",
  );
  const addons = [
    {
      id: "block@example.org",
      version: "3.1",
      type: "extension",
      location: "app-profile",
      path: "/home/ana/.mozilla/firefox/x1.work/extensions/block@example.org.xpi",
      sourceURI: "https://addons.mozilla.org/block.xpi",
      installDate: 1718661845000,
      active: false,
      visible: true,
      applyBackgroundUpdates: 1,
      defaultLocale: { name: "Block", description: "Blocks", creator: "B. Uilder" },
      userPermissions: { permissions: ["tabs"], origins: ["<all_urls>"] },
    },
    { id: "own@mozilla.org", version: "1", location: "app-builtin" },
    { nonsense: true },
  ];
  made.write(`${FIREFOX}/x1.work/extensions.json`, JSON.stringify({ schemaVersion: 36, addons }));
  const [only, ...others] = await shown(made);
  assert.deepEqual(others, []);
  assert.deepEqual(only?.browser, {
    name: "firefox",
    profile: { name: "work", path: `${FIREFOX}/x1.work`, referenced: true },
  });
  const { name, version, enabled, visible, autoupdate, permissions, installed, vendor } =
    only?.package ?? {};
  assert.deepEqual(
    { name, version, enabled, visible, autoupdate, permissions, installed, vendor },
    {
      name: "Block",
      version: "3.1",
      enabled: false,
      visible: true,
      autoupdate: true,
      permissions: ["tabs", "<all_urls>"],
      installed: "2024-06-17T22:04:05.000Z",
      vendor: "B. Uilder",
    },
  );
});

Deno.test("nonsense in one profile keeps its extensions and says why, and the other browser goes on", async () => {
  using made = scene();
  chrome(made, {});
  manifest(made, ID, "1", { name: "Kept" });
  const module = made.make(SECTION);
  await made.scan(module);
  made.write(`${CHROME}/Default/Preferences`, "{ half");
  made.write(`${FIREFOX}/profiles.ini`, "[Profile0]\nPath=p\n");
  made.write(
    `${FIREFOX}/p/extensions.json`,
    JSON.stringify({ addons: [{ id: "n@x", version: "1" }] }),
  );
  await made.scan(module);
  const names = made.shown("browser_extensions")
    .map((document) => (document.package as { name: string }).name).sort();
  assert.deepEqual(names, ["Kept", "n@x"]);
  assert.match(module.report().lastError ?? "", /browser_extensions: chrome: ".*Preferences": /);
});
