/**
 * Packages of pacman.
 *
 * @module
 */

import { parsePacmanDesc } from "../formats/pacman_desc.ts";
import { EntryReader, naming, type PackageSource, sorted } from "./source.ts";

const FOLDER = "/var/lib/pacman/local";

/** Reads `/var/lib/pacman/local`. */
export const pacman: PackageSource = {
  kind: "pacman",
  databases: () => [FOLDER],
  detect: (machine) => machine.exists(FOLDER),
  read({ machine, note }) {
    const entries = new EntryReader(note);
    // The version of the database lies beside the packages.
    const names = (machine.listDatabase(FOLDER) ?? []).filter((one) => one !== "ALPM_DB_VERSION");
    const found = sorted(names).map((name) => {
      const path = `${FOLDER}/${name}/desc`;
      return entries.read(() => {
        const text = machine.readDatabase(path);
        // A package that is being removed has a folder still.
        if (text === undefined) return undefined;
        return naming(machine.real(path), () => parsePacmanDesc(text));
      });
    });
    entries.end();
    return found.filter((one) => one !== undefined);
  },
};
