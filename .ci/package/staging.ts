/**
 * A folder with the files of a package as they are to be installed.
 *
 * @module
 */

import { dirname } from "node:path";
import type { PackedFile } from "./files.ts";
import { runTool } from "./tool.ts";

/**
 * Writes `files` below `folder`, all with the same time of change (seconds since 1970), so that what is packed from
 * there does not depend on when that is done.
 */
export async function stage(
  files: readonly PackedFile[],
  { folder, epoch }: { folder: string; epoch: number },
): Promise<void> {
  for (const { path, mode, content, linkTo } of files) {
    const place = `${folder}/${path.replace(/^\//, "")}`;
    await makeFolder(content === undefined && linkTo === undefined ? place : dirname(place));
    if (linkTo !== undefined) {
      // The platform's own way would want the right to write anywhere.
      await runTool(["ln", "-s", linkTo, place]);
      continue;
    }
    if (content instanceof Uint8Array) await Deno.writeFile(place, content);
    else if (content !== undefined) await Deno.copyFile(content.copyOf, place);
    if (Deno.build.os !== "windows") await Deno.chmod(place, mode);
  }
  await setTimes(folder, epoch);
}

/** Folders with 0755, whatever the umask is. */
async function makeFolder(path: string): Promise<void> {
  try {
    await Deno.mkdir(path);
  } catch (error) {
    if (error instanceof Deno.errors.AlreadyExists) return;
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    await makeFolder(dirname(path));
    await Deno.mkdir(path);
  }
  if (Deno.build.os !== "windows") await Deno.chmod(path, 0o755);
}

async function setTimes(path: string, epoch: number): Promise<void> {
  for await (const { name, isDirectory, isSymlink } of Deno.readDir(path)) {
    // The time of a link is that of what it leads to; who packs sets its own.
    if (isSymlink) continue;
    if (isDirectory) await setTimes(`${path}/${name}`, epoch);
    else await Deno.utime(`${path}/${name}`, epoch, epoch);
  }
  await Deno.utime(path, epoch, epoch);
}
