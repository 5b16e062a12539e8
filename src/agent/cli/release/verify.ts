/**
 * `agent release verify`: the same look as an agent takes, see `shared/releases/verify_manifest.ts`.
 *
 * @module
 */

import { dirname, join } from "node:path";
import { AgentError, messageOf } from "../../../shared/errors.ts";
import type { Manifest, ReleaseTarget } from "../../../shared/releases/manifest.ts";
import { parseManifest } from "../../../shared/releases/parse_manifest.ts";
import { platformName } from "../../../shared/releases/platform.ts";
import type { VerificationKey } from "../../../shared/releases/signers.ts";
import { verifyManifest } from "../../../shared/releases/verify_manifest.ts";
import { readTrustedKeys } from "../../../shared/signing/trusted_keys.ts";
import { VERSION } from "../../../shared/version.ts";
import type { CliIo } from "../cli_io.ts";
import { measuredFile } from "./measured_file.ts";
import { readManifestText } from "./read_manifest.ts";

/** What the command line says. */
interface VerifyCommandOptions {
  keys?: string | undefined;
  threshold?: number | undefined;
  platform?: string | undefined;
  for?: string | undefined;
  highest?: number | undefined;
  config?: string | undefined;
  json?: true | undefined;
}

/** Whose signatures count. */
interface Trust {
  keys: readonly VerificationKey[];
  threshold: number;
}

/** What is said of a manifest. */
interface Verdict {
  accepted: boolean;
  code: string | null;
  message: string | null;
  signed_with: string[];
  files: { name: string; state: "right" | "wrong" | "missing" }[];
}

/** Says whether an agent would take the manifest; throws when it would not. */
export async function verifyRelease(
  io: CliIo,
  path: string,
  options: VerifyCommandOptions,
): Promise<void> {
  const text = readManifestText(path);
  const trust = await trustOf(io, options);
  const verdict = verdictOn(text, dirname(path), { ...options, ...trust });
  if (options.json) io.stdout(`${JSON.stringify({ schema: 1, ...verdict })}\n`);
  else if (verdict.accepted) io.stdout(textOf(path, verdict));
  if (verdict.accepted) return;
  throw new AgentError("failed", `An agent would refuse "${path}": ${verdict.message}`, {
    hint: `docs/signing.md explains ${verdict.code}`,
  });
}

/** The keys that were named, else those in force on this machine. */
async function trustOf(
  io: CliIo,
  { keys, threshold, config: file }: VerifyCommandOptions,
): Promise<Trust> {
  if (keys !== undefined) return { keys: readTrustedKeys(keys), threshold: threshold ?? 1 };
  const { loadConfig } = await import("../../config/load.ts");
  const { config: { agent, upgrade } } = await loadConfig({ file, env: io.env });
  const { trusted_keys } = upgrade;
  if (trusted_keys === undefined) {
    throw new AgentError("usage", "Whose signatures count is not known", {
      hint: "name a public key with --keys, or the option upgrade.trusted_keys",
    });
  }
  const { ReleaseKeys } = await import("../../upgrade/release_keys.ts");
  const force = new ReleaseKeys(agent.path.data).inForce({ ...upgrade, trusted_keys });
  return { keys: force.keys, threshold: threshold ?? force.threshold };
}

function verdictOn(
  text: string,
  folder: string,
  { keys, threshold, ...options }: Omit<VerifyCommandOptions, "keys" | "threshold"> & Trust,
): Verdict {
  const { platform = platformName(), highest } = options;
  const refusal = { accepted: false, signed_with: [], files: [] };
  const parsed = parseManifest(text);
  if (!parsed.ok) return { ...refusal, code: parsed.code, message: parsed.message };
  const verified = verifyManifest(text, {
    type: parsed.manifest.signed.type,
    keys,
    threshold,
    nowMs: Date.now(),
    highestRelease: highest,
    version: options.for ?? VERSION,
    platform,
  });
  if (!verified.ok) return { ...refusal, code: verified.code, message: verified.message };
  const files = namedFiles(verified.signed).map((file) => stateOf(file, folder));
  const said = { signed_with: verified.signers, files };
  const wrong = files.find(({ state }) => state === "wrong");
  return wrong === undefined ? { accepted: true, code: null, message: null, ...said } : {
    accepted: false,
    code: "wrong_file",
    message: `"${wrong.name}" is not the file that was signed`,
    ...said,
  };
}

function namedFiles(signed: Manifest["signed"]): ReleaseTarget[] {
  switch (signed.type) {
    case "agent-release":
      return Object.values(signed.targets);
    case "script":
      return [{ name: signed.name, size: signed.size, sha256: signed.sha256 }];
    case "agent-keys":
      return [];
  }
}

function stateOf({ name, size, sha256 }: ReleaseTarget, folder: string) {
  const path = join(folder, name);
  if (!isThere(path)) return { name, state: "missing" as const };
  const found = measuredFile(path);
  const isRight = found.size === size && found.sha256 === sha256;
  return { name, state: isRight ? "right" as const : "wrong" as const };
}

function isThere(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw new AgentError("failed", `Cannot read "${path}": ${messageOf(error)}`);
  }
}

const STATES = { right: "as signed", wrong: "another file", missing: "not beside it" };

function textOf(path: string, { signed_with, files }: Verdict): string {
  const lines = files.map(({ name, state }) => `  ${name}: ${STATES[state]}\n`);
  return `An agent would take ${path}, signed with ${signed_with.join(", ")}\n${lines.join("")}`;
}
