/**
 * Applications of flatpak: those of the system and those of each user.
 *
 * @module
 */

import { parsePasswd } from "../formats/account_files.ts";
import { parseFlatpak } from "../formats/flatpak_metadata.ts";
import type { Machine } from "../machine.ts";
import type { Package } from "./package.ts";
import { naming, type PackageSource, sorted, timeOf } from "./source.ts";

const SYSTEM = "/var/lib/flatpak/app";
const BELOW_HOME = ".local/share/flatpak/app";

/** Reads the folders of flatpak. */
export const flatpak: PackageSource = {
  kind: "flatpak",
  // A new version is a new link `active` in the folder of a branch.
  databases: (machine) =>
    applications(machine).flatMap(({ app, branch }) => [app, branch, `${branch}/active`])
      .concat(foldersOf(machine)),
  detect: (machine) => foldersOf(machine).some((path) => machine.identify(path) !== undefined),
  read: ({ machine }) => applications(machine).flatMap((one) => packageAt(machine, one) ?? []),
};

interface Application {
  app: string;
  name: string;
  architecture: string;
  branch: string;
}

function applications(machine: Machine): Application[] {
  return foldersOf(machine).flatMap((folder) =>
    sorted(machine.list(folder)).flatMap((name) =>
      sorted(machine.list(`${folder}/${name}`)).filter((one) => one !== "current")
        .flatMap((architecture) =>
          sorted(machine.list(`${folder}/${name}/${architecture}`)).map((branch) => ({
            app: `${folder}/${name}`,
            name,
            architecture,
            branch: `${folder}/${name}/${architecture}/${branch}`,
          }))
        )
    )
  );
}

function packageAt(
  machine: Machine,
  { name, architecture, branch }: Application,
): Package | undefined {
  const active = `${branch}/active`;
  const metadata = machine.readDatabase(`${active}/metadata`);
  // What is being removed has no deployment any more.
  if (metadata === undefined) return undefined;
  const appData = ["metainfo.xml", "appdata.xml"]
    .map((end) => machine.readText(`${active}/files/share/metainfo/${name}.${end}`))
    .find((text) => text !== undefined) ?? "";
  const place = { architecture, branch: branch.split("/").at(-1) ?? "", path: branch };
  const found = naming(machine.real(active), () => parseFlatpak({ metadata, appData }, place));
  return { ...found, installed: timeOf(machine, `${active}/metadata`) };
}

function foldersOf(machine: Machine): string[] {
  const homes = parsePasswd(machine.readText("/etc/passwd") ?? "").map(({ home }) => home)
    .filter((home) => home.startsWith("/") && home !== "/");
  return [SYSTEM, ...new Set(homes.map((home) => `${home}/${BELOW_HOME}`))];
}
