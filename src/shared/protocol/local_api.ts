/**
 * Bodies of the local API: what the running agent answers to other processes on its machine.
 *
 * @module
 */

import type { UpgradeResult } from "./status_document.ts";
import type { EventSpan } from "./stored_events.ts";

/** What a person asks the running agent for: to be replaced by another version. */
export interface UpgradeRequest {
  /** Only this version. @default the newest there is */
  version?: string | undefined;
  /** The manifest, on this machine. @default the server is asked */
  file?: string | undefined;
  /** Also an older version. */
  force?: boolean | undefined;
  /** Looks at everything, and changes nothing. */
  dry_run?: boolean | undefined;
}

/** What came of it, or which version the agent makes room for: what comes of that stands in its record. */
export type UpgradeReply =
  | { outcome: UpgradeResult; on_trial: null }
  | { outcome: null; on_trial: string };

/** A batch that left the queue. */
export interface SettledBatch extends EventSpan {
  id: string;
  outcome: "acknowledged" | "dead_lettered";
  /** HTTP status of the server's answer. */
  status: number;
  reason: string | null;
  /** Events of an acknowledged batch that were refused all the same. */
  refused_events: number;
  at_ms: number;
}

/** What became of a span of events. */
export interface SpanReport {
  acknowledged_events: number;
  dead_lettered_events: number;
  /** Neither: queued, in flight, or settled so long ago that it is forgotten. */
  open_events: number;
  batches: SettledBatch[];
}

/** What stands in the way of delivery. */
export interface DeliveryProblem {
  step: "log in" | "send";
  /** The server refuses the agent's credentials. */
  refused: boolean;
  reason: string;
  /** What to do about it, when anybody knows. */
  hint?: string | undefined;
}

/** What a reload did: paths of options. */
export interface ReloadReport {
  /** They have their new value now. */
  applied: string[];
  /** They get it with the next start. */
  needs_restart: string[];
  /** They could not be put in force and have their old value still. */
  failed: { option: string; reason: string }[];
  /** The files of this machine that were looked at: the configuration, certificates, the key. */
  looked_at: string[];
}

/** For so many milliseconds at most a module is enabled or disabled for a while: a year. */
export const MAX_TERM_MS = 365 * 86_400_000;

/** A module that somebody enabled or disabled for a while. */
export interface ModuleTerm {
  name: string;
  enabled: boolean;
  /** ISO 8601, UTC: when what the configuration says holds again. */
  until: string;
  /** What changed with it; `null` when no agent runs. */
  reload: ReloadReport | null;
}

/** A module that rests, or goes on. */
export interface ModuleRest {
  name: string;
  paused: boolean;
}

/** What became of the word on a module that was kept. */
export interface ModuleReset {
  name: string;
  /** What was said; `null` when nothing was. */
  removed: { enabled: boolean; by: "server" | "person"; at: string } | null;
  /** Where the file is that could not be understood, and with it what was said of all modules. */
  set_aside_as: string | null;
  /** What changed with it; `null` when there was nothing to forget. */
  reload: ReloadReport | null;
}

/** What became of a word about the documents of a module at the server. */
export interface ModuleDocuments {
  name: string;
  /** The collectors that it is about. */
  collectors: string[];
}

/** A scan that is over, or has begun. */
export interface ModuleScan {
  name: string;
  /** `null`: all of the module. */
  collector: string | null;
  /** `null` while it has only begun. */
  took_ms: number | null;
}

/** What a check of a module says with the power of the running agent, which may be more than that of whoever asks. */
export interface ModuleCheckReport {
  /** Which options it looked with: see `optionsDigest` of `agent/modules/checks.ts`. */
  options: string;
  status: "ok" | "warn" | "fail" | "skip";
  message: string;
  /** The right next step, when there is something to do. */
  try?: string;
}
