/**
 * Whether a release may be installed here: who signed it, whether it is the newest, and what this machine allows.
 *
 * @module
 */

import { messageOf } from "../../shared/errors.ts";
import type { AgentRelease, ReleaseTarget } from "../../shared/releases/manifest.ts";
import { platformName } from "../../shared/releases/platform.ts";
import type { RefusalCode } from "../../shared/releases/refusal.ts";
import { verifyManifest } from "../../shared/releases/verify_manifest.ts";
import type { LearntKeys } from "./learn_keys.ts";
import { UpgradeRefusal } from "./refusal.ts";
import type { UpgradeOptions } from "./upgrader_deps.ts";
import type { UpgradeRecord, UpgradeState } from "./upgrade_record.ts";
import type { UpgradeWish } from "./upgrade_wish.ts";
import { isWithin } from "./window.ts";

/** Refusals that a change of the keys may have to do with. */
const OF_KEYS: ReadonlySet<RefusalCode> = new Set(["key_unknown", "threshold_not_met"]);

/** A release that may be installed, and its file for this machine. */
export interface CheckedRelease {
  signed: AgentRelease;
  target: ReleaseTarget;
}

/**
 * Makes sure that a wish may be granted at all.
 *
 * @throws {UpgradeRefusal}
 */
export function requireAllowed(
  { enabled, source, window }: UpgradeOptions,
  { by }: Pick<UpgradeWish, "by">,
  nowMs: number,
): void {
  if (Deno.build.os === "windows") {
    throw new UpgradeRefusal("not_supported", "an agent on Windows cannot replace itself yet");
  }
  if (!enabled) throw new UpgradeRefusal("off", "upgrades are off: upgrade.enabled is false");
  if (by === "person") return;
  if (source === "file") {
    throw new UpgradeRefusal("only_from_file", "this machine upgrades from files only");
  }
  if (isWithin(window, nowMs)) return;
  throw new UpgradeRefusal("outside_window", `not within upgrade.window, ${window} UTC`);
}

/**
 * Reads a manifest and holds it against this agent.
 *
 * @throws {UpgradeRefusal}
 */
export function checkRelease(
  text: string,
  { wish, trust, options, record, version, nowMs }: {
    wish: Pick<UpgradeWish, "version" | "by" | "force" | "retry">;
    /** Whose signatures count. */
    trust: LearntKeys;
    options: UpgradeOptions;
    record: UpgradeRecord;
    /** Of this agent. */
    version: string;
    /** By the server's clock. */
    nowMs: number;
  },
): CheckedRelease {
  const { highest_release, failed } = readRecord(record);
  const verified = verifyManifest(text, {
    type: "agent-release",
    keys: trust.keys,
    threshold: trust.threshold,
    nowMs,
    highestRelease: highest_release,
    version,
    // Whoever has the server, and not this machine, brings nothing old back.
    allowDowngrade: wish.by === "person" && wish.force === true,
    platform: platformName(),
    maxSize: options.max_size,
  });
  if (!verified.ok) {
    const { code, message } = verified;
    const why = OF_KEYS.has(code) && trust.problem !== undefined ? `; ${trust.problem}` : "";
    throw new UpgradeRefusal(code, message + why);
  }
  const { signed, target } = verified;
  if (target === undefined) throw new UpgradeRefusal("wrong_platform", "it names no file");
  requireWanted(signed, wish.version);
  if (wish.by === "server" && !wish.retry) requireUntried(signed, failed);
  return { signed, target };
}

function readRecord(record: UpgradeRecord): UpgradeState {
  try {
    return record.read();
  } catch (error) {
    throw new UpgradeRefusal("record_damaged", messageOf(error), {
      cause: error,
      hint: "whoever removes the file lets older releases be installed again",
    });
  }
}

function requireWanted({ version }: AgentRelease, wanted: string | undefined): void {
  if (wanted === undefined || wanted === version) return;
  const said = `version ${wanted} was asked for, and the release is ${version}`;
  throw new UpgradeRefusal("wrong_version_named", said);
}

function requireUntried({ release }: AgentRelease, failed: UpgradeState["failed"]): void {
  const before = failed.find((one) => one.release === release);
  if (before === undefined) return;
  const said = `release ${release} failed here before (${before.reason})`;
  throw new UpgradeRefusal("failed_before", said, { hint: "agent upgrade tries it again" });
}
