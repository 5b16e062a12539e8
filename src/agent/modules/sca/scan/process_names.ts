/**
 * Which processes are running, by name.
 *
 * @module
 */

import { SystemFiles } from "../../../platform/system_files.ts";

/** The kernel keeps so much of a name. */
const KERNEL_NAME_LENGTH = 15;

/** Names of processes, as the kernel has them and as they were started; `undefined` where they cannot be seen. */
export function readProcessNames(files = new SystemFiles()): ReadonlySet<string> | undefined {
  const pids = files.list("/proc")?.filter((name) => /^\d+$/.test(name));
  if (pids === undefined || pids.length === 0) return undefined;
  const names = new Set<string>();
  for (const pid of pids) {
    const name = files.readText(`/proc/${pid}/comm`)?.trimEnd();
    if (name === undefined) continue;
    names.add(name);
    if (name.length < KERNEL_NAME_LENGTH) continue;
    const [program = ""] = (files.readText(`/proc/${pid}/cmdline`) ?? "").split("\0");
    const base = program.slice(program.lastIndexOf("/") + 1);
    if (base.startsWith(name)) names.add(base);
  }
  return names;
}
