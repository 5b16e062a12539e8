/**
 * Distributions of Python under the prefixes of the system, but for those that the system's own packages brought.
 *
 * @module
 */

import { parsePythonMetadata } from "../formats/python_metadata.ts";
import type { Machine } from "../machine.ts";
import type { Package } from "./package.ts";
import { naming, type PackageSource, readModules, sorted, timeOf } from "./source.ts";

const PREFIXES = ["/usr/lib", "/usr/lib64", "/usr/local/lib", "/usr/local/lib64"] as const;
const PYTHON = /^python\d(\.\d+)?$/;
const FOLDERS = ["site-packages", "dist-packages"] as const;
const INFO = /\.(dist|egg)-info$/;
/** What packagers write into `INSTALLER` of what belongs to the system. */
const SYSTEM_INSTALLERS: readonly (string | undefined)[] = ["debian", "rpm"];

/** Reads what pip and others installed. */
export const pypi: PackageSource = {
  kind: "pypi",
  databases: foldersOf,
  detect: (machine) => foldersOf(machine).length > 0,
  read(context) {
    const { machine } = context;
    const paths = foldersOf(machine).flatMap((folder) =>
      sorted(machine.listDatabase(folder) ?? []).filter((name) => INFO.test(name))
        .map((name) => `${folder}/${name}`)
    );
    return readModules(paths, context, (path) => distributionAt(machine, path));
  },
};

function distributionAt(machine: Machine, path: string): Package | undefined {
  const isFolder = machine.identify(path)?.isFolder ?? true;
  // Old tools made one file of it.
  const file = !isFolder
    ? path
    : `${path}/${path.endsWith(".dist-info") ? "METADATA" : "PKG-INFO"}`;
  const text = machine.readDatabase(file);
  if (text === undefined) return undefined;
  if (isFolder && SYSTEM_INSTALLERS.includes(machine.readText(`${path}/INSTALLER`)?.trim())) {
    return undefined;
  }
  const found = naming(machine.real(file), () => parsePythonMetadata(text, path));
  return { ...found, installed: timeOf(machine, file) };
}

function foldersOf(machine: Machine): string[] {
  return PREFIXES.flatMap((prefix) =>
    sorted(machine.list(prefix)).filter((name) => PYTHON.test(name)).flatMap((python) =>
      FOLDERS.map((folder) => `${prefix}/${python}/${folder}`)
    )
  ).filter((path) => machine.identify(path) !== undefined);
}
