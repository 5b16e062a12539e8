/**
 * Packages of dpkg.
 *
 * @module
 */

import { parseDpkgStatus } from "../formats/dpkg_status.ts";
import type { Machine } from "../machine.ts";
import type { Package } from "./package.ts";
import { naming, type PackageSource, sorted, timeOf } from "./source.ts";

const FOLDER = "/var/lib/dpkg";
const STATUS = `${FOLDER}/status`;
/** The database before the last change. */
const STATUS_OLD = `${FOLDER}/status-old`;
/** A file a package, in images that are made without dpkg. */
const STATUS_FOLDER = `${FOLDER}/status.d`;
const INFO = `${FOLDER}/info`;

/** Reads `/var/lib/dpkg`. */
export const deb: PackageSource = {
  kind: "deb",
  databases: () => [STATUS, STATUS_FOLDER],
  detect: (machine) => [STATUS, STATUS_OLD, STATUS_FOLDER].some((path) => machine.exists(path)),
  read({ machine }) {
    return [...installed(machine), ...ofImage(machine)];
  },
};

function installed(machine: Machine): Package[] {
  const text = machine.readDatabase(STATUS) ?? "";
  if (text.trim() === "" && (machine.readDatabase(STATUS_OLD) ?? "").trim() !== "") {
    throw new Error(
      `"${
        machine.real(STATUS)
      }" is empty or gone while status-old is there: dpkg is at work, or was interrupted`,
    );
  }
  return naming(machine.real(STATUS), () => parseDpkgStatus(text))
    .map((one) => ({ ...one, installed: installedAt(machine, one) }));
}

function ofImage(machine: Machine): Package[] {
  const names = machine.listDatabase(STATUS_FOLDER) ?? [];
  // Lists of digests lie beside the packages.
  return sorted(names).filter((name) => !name.endsWith(".md5sums")).flatMap((name) => {
    const path = `${STATUS_FOLDER}/${name}`;
    const text = machine.readDatabase(path) ?? "";
    return naming(machine.real(path), () => parseDpkgStatus(text, { needsStatus: false }));
  });
}

/** The list of its files is written when it is unpacked. */
function installedAt(machine: Machine, { name, architecture, multiarch }: Package) {
  const qualified = `${INFO}/${name}:${architecture}.list`;
  const plain = `${INFO}/${name}.list`;
  const [first, second] = multiarch === "same" ? [qualified, plain] : [plain, qualified];
  return timeOf(machine, first) ?? timeOf(machine, second);
}
