/**
 * What a check of `agent doctor` is, and what it finds.
 *
 * @module
 */

import type { DoctorContext } from "./context.ts";

/** Which part of the agent or its surroundings a check looks at. */
export type CheckGroup =
  | "config"
  | "files"
  | "identity"
  | "agent"
  | "service"
  | "database"
  | "network"
  | "server"
  | "modules";

/** What a check found. */
export interface Finding {
  /** `skip`: it could not be looked at here, and the message says why. */
  status: "ok" | "warn" | "fail" | "skip";
  /** What is so, or what is wrong, in one line. */
  message: string;
  /** The right next step, when there is something to do. */
  try?: string | undefined;
  /** More of it, a line each. */
  detail?: readonly string[];
}

/** One thing to look at. */
export interface DoctorCheck {
  /** Stable: `<group>.<name>`; of every server but the first with `#` and its place in `agent.server_url`. */
  readonly id: string;
  readonly group: CheckGroup;
  /** Ids of the checks without which this one cannot be made: one that failed or was skipped has it skipped. */
  readonly needs?: readonly string[];
  /** Ids of which one is enough. */
  readonly needsOneOf?: readonly string[];
  /** Looks. What it throws is a failure with the error's message and hint. */
  run(context: DoctorContext): Finding | Promise<Finding>;
}

/** A check that was made, or skipped. */
export interface CheckResult {
  id: string;
  group: CheckGroup;
  status: Finding["status"];
  message: string;
  detail: readonly string[];
  try: string | null;
  /** How long it took, in milliseconds. */
  ms: number;
}

/** The document of `agent doctor --json`: schema 1. */
export interface DoctorReport {
  schema: 1;
  /** False when a check failed. */
  ok: boolean;
  /** `null` when it is not known, because the configuration cannot be read. */
  running: boolean | null;
  /** When it began: ISO 8601. */
  at: string;
  checks: CheckResult[];
}
