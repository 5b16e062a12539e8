/**
 * All that the manager keeps for agents to download.
 *
 * @module
 */

import type { Clock } from "../../shared/clock.ts";
import type { ReleaseFiles } from "../stores/release_files.ts";
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
  /** Has the files of the folder be those that are kept. */
  keep(folder: ReleaseCopies): Promise<ReleaseFiles>;
}

/** The folder as those see it that keep files in it. */
export interface ReleaseCopies {
  folder: ReleaseFolder;
  /** The same one without bounds, for copies of what was put elsewhere. */
  copies: ReleaseFolder;
  files: OpenFiles;
}

/** The folder, and what is known of it. */
export interface Releases {
  /** Where files are put and taken away, and found. */
  kept: ReleaseFiles;
  /** What is here of them, to be looked at without waiting. */
  folder: ReleaseFolder;
  manifests: Manifests;
  files: OpenFiles;
  slots: DownloadSlots;
}

/** Opens the folder at `path`, and makes it if there is none. */
export async function openReleases(path: string, options: ReleasesOptions): Promise<Releases> {
  const folder = new ReleaseFolder(path, options.maxReleaseBytes);
  await folder.prepare();
  const files = new OpenFiles();
  const copies = new ReleaseFolder(path, Infinity);
  return {
    kept: await options.keep({ folder, copies, files }),
    folder,
    manifests: new Manifests(folder),
    files,
    slots: new DownloadSlots(options.clock, options.maxDownloads),
  };
}
