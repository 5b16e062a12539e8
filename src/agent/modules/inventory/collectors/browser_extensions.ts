/**
 * Extensions of browsers, of every user, for schema 5.0.
 *
 * @module
 */

import { messageOf } from "../../../../shared/errors.ts";
import type { BrowserExtension, ExtensionProfile } from "../browsers/extension.ts";
import { browserPlaces } from "../browsers/places.ts";
import { parsePasswd } from "../formats/account_files.ts";
import {
  type CollectContext,
  type Findings,
  type InventoryCollector,
  type InventoryItem,
  keyOf,
  orNull,
} from "../item.ts";
import type { Machine } from "../machine.ts";

/** Where homes are on macOS and Windows. */
const USERS = "/Users";

/** A user's home, and the number that the user has. */
interface Home {
  path: string;
  user: string | undefined;
}

/** Reads what Chrome and its relatives, and Firefox, keep in homes. */
export const browserExtensionsCollector: InventoryCollector = {
  name: "browser_extensions",
  schemas: ["5.0"],
  subject: {
    category: "package",
    create: ["browser-extension-installed", "installation"],
    update: ["browser-extension-updated", "change"],
    delete: ["browser-extension-removed", "deletion"],
    member: "package",
    describe(document) {
      const { browser, package: one } = document as {
        browser: { name: string };
        package: { name: string; version: string };
      };
      return `Extension ${one.name} (version ${one.version}) of ${browser.name}`;
    },
  },
  collect,
};

async function collect({ machine, signal }: CollectContext): Promise<Findings> {
  const items = new Map<string, InventoryItem>();
  const problems: string[] = [];
  for (const home of homesOf(machine)) {
    for (const { browser, folder, read } of browserPlaces(machine.platform)) {
      const place = { browser, folder: `${home.path}/${folder}` };
      if (!machine.exists(place.folder)) continue;
      try {
        for (const item of read(machine, place).flatMap((one) => itemsOf(one, home))) {
          items.set(item.key, item);
        }
      } catch (error) {
        problems.push(`${browser}: ${messageOf(error)}`);
      }
    }
    // A profile may have hundreds of extensions: others have their turn between homes.
    await machine.wait(new Promise((done) => setTimeout(done)));
    signal.throwIfAborted();
  }
  return { items: [...items.values()], problems };
}

function homesOf(machine: Machine): Home[] {
  if (machine.platform !== "linux") {
    return machine.list(USERS).map((name) => ({ path: `${USERS}/${name}`, user: undefined }));
  }
  const accounts = parsePasswd(machine.readDatabase("/etc/passwd") ?? "");
  const homes = new Map<string, Home>();
  for (const { home, uid } of accounts) {
    if (home.length > 1 && home.startsWith("/") && !homes.has(home)) {
      homes.set(home, { path: home, user: String(uid) });
    }
  }
  return [...homes.values()];
}

function itemsOf({ browser, name, path, extensions }: ExtensionProfile, { user }: Home) {
  return extensions.map((one): InventoryItem => {
    const parts = [browser, user ?? "", path, one.name, one.version];
    return {
      // Of two of the same name and version the server has one document.
      key: keyOf(...parts),
      idParts: parts,
      document: {
        browser: { name: browser, profile: { name, path, referenced: one.isReferenced } },
        file: { hash: { sha256: orNull(one.sha256) } },
        package: membersOf(one),
        user: { id: orNull(user) },
      },
    };
  });
}

function membersOf(one: BrowserExtension) {
  return {
    autoupdate: orNull(one.autoupdate),
    build_version: null,
    description: orNull(one.description),
    enabled: orNull(one.enabled),
    from_webstore: orNull(one.fromWebstore),
    id: one.id,
    installed: orNull(one.installed),
    name: one.name,
    path: orNull(one.path),
    permissions: one.permissions.length === 0 ? null : one.permissions,
    persistent: orNull(one.persistent),
    reference: orNull(one.reference),
    type: orNull(one.type),
    vendor: orNull(one.vendor),
    version: one.version,
    visible: orNull(one.visible),
  };
}
