/**
 * What is installed, by every package manager that the machine has.
 *
 * @module
 */

import { messageOf } from "../../../../shared/errors.ts";
import { truncate } from "../../../../shared/text.ts";
import {
  type CollectContext,
  type Findings,
  type InventoryCollector,
  type InventoryItem,
  keyOf,
  orNull,
  type Schema,
} from "../item.ts";
import type { Machine } from "../machine.ts";
import { apk } from "../packages/apk.ts";
import { deb } from "../packages/deb.ts";
import { flatpak } from "../packages/flatpak.ts";
import { macos } from "../packages/macos.ts";
import { npm } from "../packages/npm.ts";
import { ownedPaths } from "../packages/owned_paths.ts";
import type { Package, PackageKind } from "../packages/package.ts";
import { pacman } from "../packages/pacman.ts";
import { pypi } from "../packages/pypi.ts";
import { rpm } from "../packages/rpm.ts";
import { snap } from "../packages/snap.ts";
import { identityOf, type PackageSource } from "../packages/source.ts";
import { win } from "../packages/win.ts";

/** Every package manager that can be read. */
const SOURCES: readonly PackageSource[] = [
  deb,
  rpm,
  apk,
  pacman,
  snap,
  flatpak,
  pypi,
  npm,
  macos,
  win,
];

/** Several versions of the same can be installed side by side. */
const SIDE_BY_SIDE: readonly PackageKind[] = ["rpm", "win"];

/** Reads these kinds; all when left out. */
export function packagesCollector(kinds?: readonly PackageKind[]): InventoryCollector {
  const sources = SOURCES.filter(({ kind }) => kinds?.includes(kind) ?? true);
  return {
    name: "packages",
    schemas: ["6.0", "5.0"],
    subject: {
      category: "package",
      create: ["package-installed", "installation"],
      update: ["package-updated", "change"],
      delete: ["package-removed", "deletion"],
      member: "package",
      describe(document) {
        const { name, version } = document.package as { name: string; version: string };
        return `Package ${name} (version ${version})`;
      },
    },
    identify: ({ machine }) => identify(sources, machine),
    collect: (context) => collect(sources, context),
  };
}

/** `undefined` with a source of which no file tells whether it changed. */
function identify(sources: readonly PackageSource[], machine: Machine): string | undefined {
  const texts: string[] = [];
  for (const { kind, databases, detect } of sources) {
    const paths = databases(machine);
    if (paths.length === 0 && detect(machine)) return undefined;
    texts.push(`${kind} ${identityOf(machine, paths)}`);
  }
  return texts.join("\n");
}

async function collect(
  sources: readonly PackageSource[],
  { machine, schema, signal }: CollectContext,
): Promise<Findings> {
  const items = new Map<string, InventoryItem>();
  const problems: string[] = [];
  let known: ReadonlySet<string> | undefined;
  const owned = () => known ??= ownedPaths(machine);
  for (const source of sources) {
    if (!source.detect(machine)) continue;
    try {
      const note = (problem: string) => problems.push(`${source.kind}: ${problem}`);
      const found = await source.read({ machine, signal, owned, note });
      for (const item of found.map((one) => packageItem(withinBounds(one), schema))) {
        items.set(item.key, item);
      }
    } catch (error) {
      signal.throwIfAborted();
      problems.push(`${source.kind}: ${messageOf(error)}`);
    }
  }
  return { items: [...items.values()], problems };
}

/** No text of a package is longer: a damaged database would make a document that no server takes, in bytes. */
const MAX_TEXT_BYTES = 4_096;

function withinBounds(one: Package): Package {
  const members = Object.entries(one).map(([name, value]) => [
    name,
    typeof value === "string" ? truncate(value, MAX_TEXT_BYTES) : value,
  ]);
  return Object.fromEntries(members);
}

/** The document of a package. */
function packageItem(one: Package, schema: Schema): InventoryItem {
  const { type, name, version, architecture = "", path = "" } = one;
  const side = SIDE_BY_SIDE.includes(type) ? [version] : [];
  return {
    key: keyOf(type, name, architecture, path, ...side),
    idParts: [name, version, architecture, type, path],
    document: { package: schema === "6.0" ? membersOfSix(one) : membersOfFive(one) },
  };
}

function membersOfSix(one: Package) {
  return {
    architecture: orNull(one.architecture),
    description: orNull(one.description),
    installed: orNull(one.installed),
    name: one.name,
    path: orNull(one.path),
    size: orNull(one.size),
    type: one.type,
    version: one.version,
  };
}

function membersOfFive(one: Package) {
  return {
    architecture: orNull(one.architecture),
    category: orNull(one.category),
    description: orNull(one.description),
    installed: orNull(one.installed),
    multiarch: orNull(one.multiarch),
    name: one.name,
    path: orNull(one.path),
    priority: orNull(one.priority),
    size: orNull(one.size),
    source: orNull(one.source),
    type: one.type,
    vendor: orNull(one.vendor),
    version: one.version,
  };
}
