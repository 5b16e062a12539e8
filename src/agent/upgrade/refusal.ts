import type { RefusalCode } from "../../shared/releases/refusal.ts";
import type { TrialFault } from "./trial_verdict.ts";

/** Why an upgrade did not come about, as a word for programs. */
type UpgradeReason =
  | RefusalCode
  | TrialFault
  | "not_installed"
  | "not_supported"
  | "off"
  | "restart_needed"
  | "no_keys"
  | "busy"
  | "only_from_file"
  | "outside_window"
  | "nothing_there"
  | "wrong_version_named"
  | "failed_before"
  | "other_database"
  | "record_damaged"
  | "not_writable"
  | "no_space"
  | "download_failed"
  | "wrong_size"
  | "wrong_hash"
  | "does_not_run"
  | "refuses_configuration"
  | "cannot_switch"
  | "nothing_to_go_back_to"
  | "interrupted"
  | "stopped";

/** An upgrade that is refused, before anything of the agent has changed. */
export class UpgradeRefusal extends Error {
  override readonly name = "UpgradeRefusal";
  readonly reason: UpgradeReason;
  /** What a person can do about it. */
  readonly hint: string | undefined;
  /** Whether the release itself is at fault, and is not to be tried again without being told to. */
  readonly blames: boolean;

  constructor(
    reason: UpgradeReason,
    message: string,
    { hint, blames = false, cause }: { hint?: string; blames?: boolean; cause?: unknown } = {},
  ) {
    super(message, cause === undefined ? undefined : { cause });
    this.reason = reason;
    this.hint = hint;
    this.blames = blames;
  }
}
