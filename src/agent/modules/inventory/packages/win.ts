/**
 * Programs of Windows, from both views of the registry. Never tried on a machine.
 *
 * @module
 */

import { parseUninstallKeys } from "../formats/windows.ts";
import type { Package } from "./package.ts";
import type { PackageSource } from "./source.ts";

const KEY = String.raw`SOFTWARE\Microsoft\Windows\CurrentVersion\Uninstall`;
const REG = String.raw`C:\Windows\System32\reg.exe`;
const VIEWS = [["/reg:64", "x86_64"], ["/reg:32", "i686"]] as const;

/** Asks `reg query`. */
export const win: PackageSource = {
  kind: "win",
  // The registry is no file that could be known by its time: it is read each time.
  databases: () => [],
  detect: ({ platform, isOwn }) => platform === "windows" && isOwn,
  async read({ machine, signal }) {
    const found: Package[] = [];
    for (const [view, architecture] of VIEWS) {
      const text = await machine.run(REG, ["query", `HKLM\\${KEY}`, "/s", view], signal);
      found.push(...parseUninstallKeys(text ?? "", architecture));
    }
    return found;
  },
};
