/**
 * Applications of macOS. Never tried on a machine.
 *
 * @module
 */

import { parseApplications } from "../formats/macos.ts";
import type { PackageSource } from "./source.ts";

/** Asks `system_profiler`. */
export const macos: PackageSource = {
  kind: "macos",
  databases: () => ["/Applications", "/Applications/Utilities", "/System/Applications"],
  detect: ({ platform, isOwn }) => platform === "darwin" && isOwn,
  async read({ machine, signal }) {
    const args = ["-json", "SPApplicationsDataType"];
    const json = await machine.run("/usr/sbin/system_profiler", args, signal);
    return parseApplications(json ?? "");
  },
};
