/**
 * All that the manager keeps for agents to download.
 *
 * @module
 */

import type { Clock } from "../../shared/clock.ts";
import { DownloadSlots } from "./download_slots.ts";
import { Manifests } from "./manifests.ts";
import { OpenFiles } from "./open_files.ts";
import { ReleaseFolder } from "./release_folder.ts";

/** What {@linkcode openReleases} is told. */
interface ReleasesOptions {
  clock: Clock;
  /** Largest file, in bytes. */
  maxReleaseBytes: number;
  /** Downloads at a time. */
  maxDownloads: number;
}

/** The folder, and what is known of it. */
export interface Releases {
  folder: ReleaseFolder;
  manifests: Manifests;
  files: OpenFiles;
  slots: DownloadSlots;
}

/** Opens the folder at `path`, and makes it if there is none. */
export async function openReleases(path: string, options: ReleasesOptions): Promise<Releases> {
  const folder = new ReleaseFolder(path, options.maxReleaseBytes);
  await folder.prepare();
  return {
    folder,
    manifests: new Manifests(folder),
    files: new OpenFiles(),
    slots: new DownloadSlots(options.clock, options.maxDownloads),
  };
}
