/**
 * What is asked of an upgrade, by whom, and what it needs to know of whoever asks.
 *
 * @module
 */

import type { FileSource } from "./download.ts";
import type { NoteStep } from "./upgrade_steps.ts";

/** Where a release comes from: a server, or files of this machine. */
export interface ReleaseSource extends FileSource {
  /**
   * The text of the manifest of `wanted`, or of the newest for this agent; `undefined` when there is none.
   *
   * @throws {UpgradeRefusal} `download_failed`
   * @throws the signal's reason
   */
  manifest(wanted: string | undefined, signal: AbortSignal): Promise<string | undefined>;
}

/** What is wanted. */
export interface UpgradeWish {
  /** Only this version. @default the newest there is */
  version?: string | undefined;
  /** The manifest's text. @default the source is asked for it */
  manifest?: string | undefined;
  source: ReleaseSource;
  by: "server" | "person";
  /** Also an older version; only a person may want one. @default false */
  force?: boolean | undefined;
  /** Also a release that failed here; a person's wish needs no more than that it is one. @default false */
  retry?: boolean | undefined;
  /** Looks at everything, and changes nothing. @default false */
  dryRun?: boolean | undefined;
  documentId?: string | undefined;
}

/** What an upgrade may ask of who began it. */
export interface UpgradeContext {
  note: NoteStep;
  /** Resolves when nothing runs that would be cut off. @default at once */
  othersIdle?: () => Promise<void>;
  /** Told right before the agent makes room, for which version. */
  onTrial?: (version: string) => void;
  signal: AbortSignal;
}
