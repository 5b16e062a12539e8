/**
 * Packages of dpkg.
 *
 * @module
 */

import { parseDpkgStatus } from "../formats/dpkg_status.ts";
import type { Machine } from "../machine.ts";
import type { Package } from "./package.ts";
import { EntryReader, naming, type PackageSource, sorted, timeOf } from "./source.ts";

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
  read({ machine, note }) {
    const entries = new EntryReader(note);
    const found = [...installed(machine, entries), ...ofImage(machine, entries)];
    entries.end();
    return found;
  },
};

function installed(machine: Machine, entries: EntryReader): Package[] {
  const text = machine.readDatabase(STATUS) ?? "";
  const path = machine.real(STATUS);
  const trace = text.trim() === "" ? traceOfPackages(machine) : undefined;
  if (trace !== undefined) {
    throw new Error(
      `"${path}" is empty or gone while ${trace}: dpkg is at work, or was interrupted`,
    );
  }
  const read = (one: () => Package | undefined) => entries.read(() => naming(path, one));
  return naming(path, () => parseDpkgStatus(text, { read }))
    .map((one) => ({ ...one, installed: installedAt(machine, one) }));
}

/** What says that there are packages of which the database knows nothing. */
function traceOfPackages(machine: Machine): string | undefined {
  if ((machine.readDatabase(STATUS_OLD) ?? "").trim() !== "") return "status-old is there";
  const hasLists = machine.list(INFO).some((name) => name.endsWith(".list"));
  return hasLists ? "info/ has lists of the files of packages" : undefined;
}

function ofImage(machine: Machine, entries: EntryReader): Package[] {
  const names = machine.listDatabase(STATUS_FOLDER) ?? [];
  // Lists of digests lie beside the packages.
  return sorted(names).filter((name) => !name.endsWith(".md5sums")).flatMap((name) => {
    const path = `${STATUS_FOLDER}/${name}`;
    const read = () => parseDpkgStatus(machine.readDatabase(path) ?? "", { needsStatus: false });
    return entries.read(() => naming(machine.real(path), read)) ?? [];
  });
}

/** The list of its files is written when it is unpacked. */
function installedAt(machine: Machine, { name, architecture, multiarch }: Package) {
  const qualified = `${INFO}/${name}:${architecture}.list`;
  const plain = `${INFO}/${name}.list`;
  const [first, second] = multiarch === "same" ? [qualified, plain] : [plain, qualified];
  return timeOf(machine, first) ?? timeOf(machine, second);
}
