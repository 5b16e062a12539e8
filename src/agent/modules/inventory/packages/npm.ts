/**
 * Packages of npm that are installed for all users, but for those that the system's own packages brought.
 *
 * @module
 */

import { parseNpmManifest } from "../formats/npm_manifest.ts";
import type { Machine } from "../machine.ts";
import type { Package } from "./package.ts";
import { naming, type PackageSource, readModules, sorted, timeOf } from "./source.ts";

const FOLDERS = [
  "/usr/lib/node_modules",
  "/usr/local/lib/node_modules",
  "/usr/share/nodejs",
  "/opt/node/lib/node_modules",
] as const;

/** Reads manifests below `node_modules`. */
export const npm: PackageSource = {
  kind: "npm",
  databases: (machine) => FOLDERS.flatMap((folder) => [folder, ...scopesIn(machine, folder)]),
  detect: (machine) => FOLDERS.some((folder) => machine.identify(folder) !== undefined),
  read(context) {
    const { machine } = context;
    const paths = FOLDERS.flatMap((folder) => packagesIn(machine, folder));
    return readModules(paths, context, (path) => packageAt(machine, path));
  },
};

function packagesIn(machine: Machine, folder: string): string[] {
  const names = sorted(machine.listDatabase(folder) ?? [])
    .filter((name) => !name.startsWith(".") && !name.startsWith("@"));
  const scoped = scopesIn(machine, folder).flatMap((scope) =>
    sorted(machine.list(scope)).map((name) => `${scope}/${name}`)
  );
  return [...names.map((name) => `${folder}/${name}`), ...scoped];
}

function scopesIn(machine: Machine, folder: string): string[] {
  return sorted(machine.list(folder)).filter((name) => name.startsWith("@"))
    .map((name) => `${folder}/${name}`);
}

function packageAt(machine: Machine, path: string): Package | undefined {
  const file = `${path}/package.json`;
  const text = machine.readDatabase(file);
  if (text === undefined) return undefined;
  const found = naming(machine.real(file), () => parseNpmManifest(text, path));
  return found && { ...found, installed: timeOf(machine, file) };
}
