/**
 * New files that are not read now, but for what is written from now on.
 *
 * @module
 */

import type { FoundFile } from "./file_finder.ts";
import { checkpointOf } from "../files/tail_checkpoint.ts";
import { orPutOff, remember, type Scan, type TailSet } from "../files/tail_set.ts";

/** The files without those that were last written too long ago; of these the ends are remembered. */
export function passOverOld(
  set: TailSet,
  files: readonly FoundFile[],
  scan: Scan,
): readonly FoundFile[] {
  return files.filter((file) => {
    const { path, info: { mtime } } = file;
    const isOld = mtime !== null && set.options.isTooOld(path, mtime.getTime());
    if (isOld) orPutOff(path, scan, () => rememberEnd(set, file, scan));
    return !isOld;
  });
}

/** Remembers the end of a file that cannot be followed now. */
export function rememberEnd(set: TailSet, file: FoundFile, scan: Scan): void {
  using tail = set.openFound(file, scan);
  if (!tail) return;
  tail.order = set.nextOrder();
  tail.goToEnd();
  remember(tail, scan.group);
  set.absent.add(tail.key, checkpointOf(tail));
  set.absent.release(tail.key);
}
