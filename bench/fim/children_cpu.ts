import { LibcLibrary } from "../../src/agent/platform/libc/library.ts";
import { SystemFiles } from "../../src/agent/platform/system_files.ts";

const TICKS_PER_SECOND = 100;

/** CPU seconds of this process's children that have ended: fields 16 and 17 of `/proc/self/stat`. */
export function childrenCpuS(): number {
  const stat = new SystemFiles(new LibcLibrary()).readText("/proc/self/stat") ?? "";
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[13]) + Number(fields[14])) / TICKS_PER_SECOND;
}
