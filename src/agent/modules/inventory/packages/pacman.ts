/**
 * Packages of pacman.
 *
 * @module
 */

import { parsePacmanDesc } from "../formats/pacman_desc.ts";
import { naming, type PackageSource, sorted } from "./source.ts";

const FOLDER = "/var/lib/pacman/local";

/** Reads `/var/lib/pacman/local`. */
export const pacman: PackageSource = {
  kind: "pacman",
  databases: () => [FOLDER],
  detect: (machine) => machine.exists(FOLDER),
  read({ machine }) {
    // The version of the database lies beside the packages.
    const names = (machine.listDatabase(FOLDER) ?? []).filter((one) => one !== "ALPM_DB_VERSION");
    return sorted(names).flatMap((name) => {
      const path = `${FOLDER}/${name}/desc`;
      const text = machine.readDatabase(path);
      // A package that is being removed has a folder still.
      return text === undefined ? [] : [naming(machine.real(path), () => parsePacmanDesc(text))];
    });
  },
};
