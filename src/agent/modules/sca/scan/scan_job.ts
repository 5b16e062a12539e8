/**
 * What a scan is asked, and what it says: one JSON document a line.
 *
 * @module
 */

import type { CheckOutcome } from "../evaluate/evaluate_check.ts";
import type { Policy, ReadPolicy } from "../language/policy.ts";

/** A policy that is to be looked at. */
export interface JobPolicy {
  /** What it is called in messages. */
  key: string;
  /** Its file, for places. */
  file: string;
  /** Its text, or what was read of it before. */
  source: { text: string } | { policy: Policy };
  /** From the server: what was seen is not told, and what may hold secrets is not read. */
  isRemote: boolean;
  /** Why its commands are not run. @default they are */
  whyNoCommands?: string | undefined;
  /** Checks that are not to be looked at again. */
  skip: readonly string[];
  /** Only this one. @default all */
  only?: string;
  /** What came of its requirements in an earlier part of the scan. @default they are looked at */
  requirementsMet?: boolean;
}

/** A scan. */
export interface ScanJob {
  policies: readonly JobPolicy[];
  commandTimeoutMs: number;
  maxOutputBytes: number;
  /** Folders whose files are never read for the server. */
  ownFolders: readonly string[];
  /** Globs of the files that policies of the server see. */
  remoteFiles: readonly string[];
  /** By what its commands, and all that they start, are known. @default they are only known by their groups */
  mark?: string;
  /** Whether each rule is told. */
  withTraces: boolean;
  /** Whether checks are looked at one by one, so that it is known which one ends a scan. @default several at a time */
  isSerial?: boolean;
}

/** What a scan says of a policy. */
export type PolicyMessage =
  /** Its text was read. */
  | { kind: "read"; key: string; read: ReadPolicy }
  /** What came of its requirements; `Passed` when it has none. */
  | { kind: "requirements"; key: string; outcome: CheckOutcome }
  /** What came of a check. */
  | { kind: "result"; key: string; check: string; outcome: CheckOutcome };

/** What a scan says. */
export type ScanMessage =
  | PolicyMessage
  /** It is about to look at this: the text of a policy, its requirements (no check), or a check. */
  | { kind: "at"; key: string; what: "text" | "requirements" | "check"; check?: string }
  /** A process group has begun, or ended. */
  | { kind: "group"; event: "started" | "ended"; group: number }
  /** It goes on. */
  | { kind: "alive" }
  /** Everything was said. */
  | { kind: "end" }
  /** It cannot go on. */
  | { kind: "failed"; reason: string };
