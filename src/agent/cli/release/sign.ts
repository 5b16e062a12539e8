/**
 * `agent release sign`.
 *
 * @module
 */

import { dirname, join } from "node:path";
import { syncFolder, writeThrough } from "../../identity/atomic_write.ts";
import { AgentError, messageOf } from "../../../shared/errors.ts";
import { describeIssues } from "../../../shared/text.ts";
import { keyEntry } from "../../../shared/releases/key_change.ts";
import { MANIFEST, type Manifest } from "../../../shared/releases/manifest.ts";
import { parseManifest } from "../../../shared/releases/parse_manifest.ts";
import { manifestText, withSignature } from "../../../shared/releases/sign_manifest.ts";
import { readPrivateKey } from "../../../shared/signing/private_key.ts";
import { readTrustedKeys } from "../../../shared/signing/trusted_keys.ts";
import type { CliIo } from "../cli_io.ts";
import { executablesIn, measuredFile } from "./measured_file.ts";
import { readManifestText } from "./read_manifest.ts";

/** What the command line says. */
interface SignOptions {
  key: string[];
  release?: number | undefined;
  agentVersion?: string | undefined;
  from?: string | undefined;
  database?: number | undefined;
  /** In milliseconds. */
  valid?: number | undefined;
  script?: string | undefined;
  newKeys?: string | undefined;
  threshold?: number | undefined;
  output?: string | undefined;
  json?: true | undefined;
}

/** A manifest and the file that it goes to. */
interface Draft {
  manifest: Manifest;
  file: string;
}

const VALID_MS = 90 * 86_400_000;
const EVERY_VERSION = "*";
const KEY_HINT = "agent release keygen FILE makes one";

/** Signs, and writes the manifest in one step. */
export function signRelease(io: CliIo, path: string | undefined, options: SignOptions): void {
  const { manifest, file } = draftOf(path, options);
  if (manifest.signatures.length === 0) requireFree(file);
  const keys = options.key.map((one) => readPrivateKey(one, KEY_HINT));
  const signed = keys.reduce(withSignature, manifest);
  requireForm(signed);
  replaceManifest(file, manifestText(signed));
  io.stdout(options.json ? `${JSON.stringify(documentOf(file, signed))}\n` : textOf(file, signed));
}

function draftOf(path: string | undefined, options: SignOptions): Draft {
  const { script, newKeys } = options;
  const given = [path, script, newKeys].filter((one) => one !== undefined);
  if (given.length !== 1) {
    throw new AgentError("usage", "Name one thing to sign: a path, --script or --new-keys", {
      hint: "agent release sign --help",
    });
  }
  if (script !== undefined) return scriptDraft(script, options);
  if (newKeys !== undefined) return keysDraft(newKeys, options);
  return path?.endsWith(".json") ? signedBefore(path, options) : releaseDraft(path ?? "", options);
}

/** Nothing of what others signed is changed. */
function signedBefore(path: string, { output = path, ...options }: SignOptions): Draft {
  const changes = ["release", "agentVersion", "from", "database", "valid", "threshold"] as const;
  if (changes.some((name) => options[name] !== undefined)) {
    throw new AgentError("usage", "What was signed before cannot be changed, only signed too", {
      hint: `agent release sign ${path} --key FILE`,
    });
  }
  const parsed = parseManifest(readManifestText(path));
  if (parsed.ok) return { manifest: parsed.manifest, file: output };
  throw new AgentError("failed", `Cannot sign "${path}": ${parsed.message}`);
}

function releaseDraft(folder: string, options: SignOptions): Draft {
  const version = needed(options.agentVersion, "--agent-version");
  const { from = EVERY_VERSION, database, output = join(folder, `agent-${version}.json`) } =
    options;
  const signed = {
    type: "agent-release" as const,
    version,
    ...commonOf(options),
    from,
    ...(database !== undefined && { database }),
    targets: executablesIn(folder),
  };
  return { manifest: { signed, signatures: [] }, file: output };
}

function scriptDraft(path: string, options: SignOptions): Draft {
  const signed = { type: "script" as const, ...commonOf(options), ...measuredFile(path) };
  return { manifest: { signed, signatures: [] }, file: options.output ?? `${path}.json` };
}

function keysDraft(path: string, options: SignOptions): Draft {
  const { threshold = 1 } = options;
  const common = commonOf(options);
  const keys = new Map(readTrustedKeys(path).map(({ id, key }) => [id, keyEntry(key)]));
  if (threshold > keys.size) {
    throw new AgentError("usage", `--threshold ${threshold} is more than there are new keys`);
  }
  const signed = { type: "agent-keys" as const, ...common, threshold, keys: [...keys.values()] };
  const file = options.output ?? `agent-keys-${common.release}.json`;
  return { manifest: { signed, signatures: [] }, file };
}

function commonOf({ release, valid = VALID_MS }: SignOptions) {
  const issuedMs = Math.floor(Date.now() / 1_000) * 1_000;
  return {
    release: needed(release, "--release"),
    issued: timeText(issuedMs),
    expires: timeText(issuedMs + valid),
  };
}

function timeText(ms: number): string {
  return new Date(ms).toISOString().replace(".000Z", "Z");
}

function needed<T>(value: T | undefined, option: string): T {
  if (value !== undefined) return value;
  throw new AgentError("usage", `${option} is needed`, { hint: "agent release sign --help" });
}

/** Others may have signed what is there. */
function requireFree(file: string): void {
  try {
    Deno.lstatSync(file);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return;
    throw error;
  }
  throw new AgentError("failed", `Cannot write "${file}": it is there already`, {
    hint: `agent release sign ${file} --key FILE adds a signature to it`,
  });
}

/** As a whole, whoever signed what was there before. Public, as what it names. */
function replaceManifest(file: string, text: string): void {
  const draft = `${file}.${crypto.randomUUID()}.new`;
  try {
    writeThrough(draft, text);
    if (Deno.build.os !== "windows") Deno.chmodSync(draft, 0o644);
    Deno.renameSync(draft, file);
    syncFolder(dirname(file));
  } catch (error) {
    removeIfThere(draft);
    throw new AgentError("failed", `Cannot write "${file}": ${messageOf(error)}`, { cause: error });
  }
}

function removeIfThere(path: string): void {
  try {
    Deno.removeSync(path);
  } catch {
    // It was not made.
  }
}

/** What no agent could read is not written. */
function requireForm(manifest: Manifest): void {
  const { error } = MANIFEST.safeParse(manifest);
  if (error === undefined) return;
  throw new AgentError("failed", `Cannot sign this: ${describeIssues(error)}`);
}

function documentOf(file: string, { signed, signatures }: Manifest): object {
  return { schema: 1, manifest: file, signed, signed_with: signatures.map(({ keyid }) => keyid) };
}

function textOf(file: string, { signed, signatures }: Manifest): string {
  const keys = signatures.map(({ keyid }) => keyid).join(", ");
  const what = signed.type === "agent-release" ? `agent ${signed.version}` : signed.type;
  const named = filesOf(signed).map(([platform, { name, sha256 }]) =>
    `  ${platform}  ${name}  ${sha256}\n`
  );
  return `Wrote ${file}: ${what}, release ${signed.release}, until ${signed.expires}\n` +
    `${named.join("")}Signed with ${keys}\n`;
}

function filesOf(signed: Manifest["signed"]) {
  switch (signed.type) {
    case "agent-release":
      return Object.entries(signed.targets);
    case "script":
      return [["script", signed]] as const;
    case "agent-keys":
      return [];
  }
}
