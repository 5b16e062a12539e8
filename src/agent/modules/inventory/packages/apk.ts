/**
 * Packages of apk.
 *
 * @module
 */

import { parseApkInstalled } from "../formats/apk_installed.ts";
import { EntryReader, naming, type PackageSource } from "./source.ts";

/** Newer systems have it below `/usr`. */
const DATABASES = ["/lib/apk/db/installed", "/usr/lib/apk/db/installed"] as const;

/** Reads `/lib/apk/db/installed`. */
export const apk: PackageSource = {
  kind: "apk",
  databases: () => [...DATABASES],
  detect: (machine) => DATABASES.some((path) => machine.exists(path)),
  read({ machine, note }) {
    const path = DATABASES.find((one) => machine.exists(one)) ?? DATABASES[0];
    const entries = new EntryReader(note);
    const text = naming(machine.real(path), () => machine.readDatabase(path) ?? "");
    const found = parseApkInstalled(
      text,
      (one) => entries.read(() => naming(machine.real(path), one)),
    );
    entries.end();
    return found;
  },
};
