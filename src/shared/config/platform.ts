/**
 * The operating systems that options tell apart.
 *
 * @module
 */

import { posix, win32 } from "node:path";

/** The operating systems that have defaults of their own; every other one counts as Linux. */
export type Platform = "linux" | "darwin" | "windows";

/** The platform that this program runs on. */
export function currentPlatform(): Platform {
  const { os } = Deno.build;
  return os === "darwin" || os === "windows" ? os : "linux";
}

/** Path rules of a platform, whatever platform this program runs on. */
export function pathRules(platform: Platform): typeof posix {
  return platform === "windows" ? win32 : posix;
}
