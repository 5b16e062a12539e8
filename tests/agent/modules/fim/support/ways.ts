/**
 * How changes can be seen on this machine.
 *
 * @module
 */

import { FAN, Fanotify } from "../../../../../src/agent/platform/libc/fanotify.ts";
import { Inotify } from "../../../../../src/agent/platform/libc/inotify.ts";
import { LibcLibrary } from "../../../../../src/agent/platform/libc/library.ts";

/** A way. */
export type Way = "fanotify" | "inotify" | "watch";

/** Those that are open here, and those that are not. */
export function openWays(): { open: Way[]; closed: Way[] } {
  const ways: Way[] = ["fanotify", "inotify", "watch"];
  const open = ways.filter(isOpen);
  return { open, closed: ways.filter((way) => !open.includes(way)) };
}

function isOpen(way: Way): boolean {
  const { libc } = new LibcLibrary();
  try {
    if (way === "fanotify") {
      if (libc === undefined) return false;
      using fanotify = new Fanotify(libc);
      fanotify.watchFileSystem(Deno.env.get("TMPDIR") ?? "/tmp", FAN.CREATE);
    } else if (way === "inotify") {
      if (libc === undefined) return false;
      using _ = new Inotify(libc);
    }
    return true;
  } catch {
    return false;
  }
}
