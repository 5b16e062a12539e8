/**
 * Whether a manifest may be believed, and whether it is for whoever asks: one function that knows nothing but what it is handed.
 *
 * Form first, then signatures, then the rest: to whom signed nothing, nothing is told but that.
 *
 * @module
 */

import { sizeText } from "../text.ts";
import { keyChangeProblem } from "./key_change.ts";
import type { Manifest, ManifestType, ReleaseTarget, SignedByType } from "./manifest.ts";
import { parseManifest } from "./parse_manifest.ts";
import { refused, type RefusedManifest } from "./refusal.ts";
import semver from "./semver.ts";
import { signersOf, type VerificationKey } from "./signers.ts";

/** What a manifest is held against. */
export interface VerifyOptions<T extends ManifestType> {
  /** What it has to be about. */
  type: T;
  /** Whose signatures count. */
  keys: readonly VerificationKey[];
  /** How many of these keys have to have signed. */
  threshold: number;
  /** The time by the server's clock, in milliseconds since 1970. */
  nowMs: number;
  /** The highest `release` seen of this type (of scripts: of this name); lower ones are refused. @default none was seen */
  highestRelease?: number | undefined;
  /** Of releases: the version that is to be replaced. @default any may be */
  version?: string | undefined;
  /** Of releases: also an older version, and an older release. @default false */
  allowDowngrade?: boolean | undefined;
  /** Of releases: for which there has to be a file. @default it is not asked */
  platform?: string | undefined;
  /** Of scripts: which one is wanted. @default any */
  name?: string | undefined;
  /** Largest file that may be downloaded, in bytes. @default any */
  maxSize?: number | undefined;
}

/** A manifest that may be used. */
interface VerifiedManifest<T extends ManifestType> {
  ok: true;
  signed: SignedByType[T];
  /** Names of the trusted keys that signed it. */
  signers: string[];
  /** The file to download: of a release the one of the platform that was asked for, of a script the script. */
  target: ReleaseTarget | undefined;
}

/** The clocks of who signs and who reads may be so far apart, in milliseconds. */
const CLOCK_SKEW_MS = 5 * 60_000;

type Signed = Manifest["signed"];
type AnyOptions = VerifyOptions<ManifestType>;

/** Checks the text of a manifest against everything in `options`. */
export function verifyManifest<T extends ManifestType>(
  text: string,
  options: VerifyOptions<T>,
): VerifiedManifest<T> | RefusedManifest {
  const parsed = parseManifest(text);
  if (!parsed.ok) return parsed;
  const { signed } = parsed.manifest;
  if (!isOfType(signed, options.type)) {
    return refused("wrong_type", `it is of type ${signed.type}, not ${options.type}`);
  }
  const signers = signersOf(parsed.manifest, options);
  if (!Array.isArray(signers)) return signers;
  const target = targetOf(signed, options.platform);
  const problem = timeProblem(signed, options.nowMs) ?? sequenceProblem(signed, options) ??
    fileProblem(signed, target, options) ?? keyChangeProblem(parsed.manifest);
  return problem ?? { ok: true, signed, signers, target };
}

/** Whether a release that replaces the versions of a range replaces this one; also one that is not finished, such as 1.4.0-rc.1. */
export function replaces(range: string, version: string): boolean {
  return semver.satisfies(version, range, { includePrerelease: true });
}

function isOfType<T extends ManifestType>(signed: Signed, type: T): signed is SignedByType[T] {
  return signed.type === type;
}

function timeProblem({ issued, expires }: Signed, nowMs: number): RefusedManifest | undefined {
  if (Date.parse(expires) <= nowMs) return refused("expired", `it expired at ${expires}`);
  if (Date.parse(issued) <= nowMs + CLOCK_SKEW_MS) return undefined;
  return refused("not_yet_valid", `it is issued only at ${issued}`);
}

function sequenceProblem(
  signed: Signed,
  { highestRelease = 0, allowDowngrade = false, version }: AnyOptions,
): RefusedManifest | undefined {
  if (signed.release < highestRelease && !allowDowngrade) {
    const said = `it is release ${signed.release}, and ${highestRelease} came before it`;
    return refused("older_release", said);
  }
  if (signed.type !== "agent-release" || version === undefined) return undefined;
  if (semver.lt(signed.version, version) && !allowDowngrade) {
    return refused("older_version", `${signed.version} is older than ${version}`);
  }
  return replaces(signed.from, version)
    ? undefined
    : refused("not_from_this_version", `it replaces ${signed.from}, not ${version}`);
}

function targetOf(signed: Signed, platform: string | undefined): ReleaseTarget | undefined {
  if (signed.type === "script") {
    const { name, size, sha256 } = signed;
    return { name, size, sha256 };
  }
  if (signed.type === "agent-keys" || platform === undefined) return undefined;
  return Object.hasOwn(signed.targets, platform) ? signed.targets[platform] : undefined;
}

function fileProblem(
  signed: Signed,
  target: ReleaseTarget | undefined,
  { platform, name, maxSize = Infinity }: AnyOptions,
): RefusedManifest | undefined {
  if (signed.type === "agent-release" && platform !== undefined && target === undefined) {
    const known = Object.keys(signed.targets).join(", ");
    return refused("wrong_platform", `it has no file for ${platform}, only for ${known}`);
  }
  if (target === undefined) return undefined;
  if (signed.type === "script" && name !== undefined && name !== target.name) {
    return refused("wrong_name", `it is about "${target.name}", not "${name}"`);
  }
  if (target.size <= maxSize) return undefined;
  const said = `"${target.name}" has ${sizeText(target.size)}, more than ${sizeText(maxSize)}`;
  return refused("too_large", said);
}
