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

/** What is said of a manifest. */
interface Verdict {
  accepted: boolean;
  code: string | null;
  message: string | null;
  signed_with: string[];
  files: { name: string; state: "right" | "wrong" | "missing" }[];
}

/** Says whether an agent would take the manifest; throws when it would not. */
export function verifyRelease(io: CliIo, path: string, options: VerifyCommandOptions): void {
  if (options.keys === undefined) {
    throw new AgentError("usage", "--keys is needed: whose signatures count", {
      hint: "name the public key that agent release keygen wrote beside the private one",
    });
  }
  const text = readManifestText(path);
  const verdict = verdictOn(text, dirname(path), options);
  if (options.json) io.stdout(`${JSON.stringify({ schema: 1, ...verdict })}\n`);
  else if (verdict.accepted) io.stdout(textOf(path, verdict));
  if (verdict.accepted) return;
  throw new AgentError("failed", `An agent would refuse "${path}": ${verdict.message}`, {
    hint: `docs/signing.md explains ${verdict.code}`,
  });
}

function verdictOn(text: string, folder: string, options: VerifyCommandOptions): Verdict {
  const { platform = platformName(), threshold = 1, highest } = options;
  const refusal = { accepted: false, signed_with: [], files: [] };
  const parsed = parseManifest(text);
  if (!parsed.ok) return { ...refusal, code: parsed.code, message: parsed.message };
  const verified = verifyManifest(text, {
    type: parsed.manifest.signed.type,
    keys: options.keys === undefined ? [] : readTrustedKeys(options.keys),
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
