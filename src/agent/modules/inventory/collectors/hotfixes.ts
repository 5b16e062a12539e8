/**
 * Hotfixes of Windows. Never tried on a machine.
 *
 * @module
 */

import { parseHotfixes } from "../formats/windows.ts";
import { POWERSHELL, POWERSHELL_ARGS } from "./foreign_machine.ts";
import { type InventoryCollector, keyOf } from "../item.ts";

const COMMAND = "Get-HotFix | Select-Object HotFixID | ConvertTo-Json";

/** Asks PowerShell; elsewhere there are none. */
export const hotfixesCollector: InventoryCollector = {
  name: "hotfixes",
  schemas: ["6.0", "5.0"],
  subject: {
    category: "package",
    create: ["hotfix-installed", "installation"],
    delete: ["hotfix-removed", "deletion"],
    member: "package",
    describe(document) {
      return `Hotfix ${(document.package as { hotfix: { name: string } }).hotfix.name}`;
    },
  },
  async collect({ machine, signal }) {
    if (machine.platform !== "windows" || !machine.isOwn) return { items: [], problems: [] };
    const args = [...POWERSHELL_ARGS, COMMAND];
    const json = await machine.run(POWERSHELL, args, signal);
    const items = parseHotfixes(json ?? "").map((name) => ({
      key: keyOf(name),
      idParts: [name],
      document: { package: { hotfix: { name } } },
    }));
    return { items, problems: [] };
  },
};
