/**
 * An organisation that signs releases, with the two versions of the agent that were compiled for the tests.
 *
 * @module
 */

import { createHash, createPublicKey, generateKeyPairSync, type KeyObject } from "node:crypto";
import { Installation } from "../../src/agent/upgrade/installation.ts";
import type { AgentRelease } from "../../src/shared/releases/manifest.ts";
import { platformName } from "../../src/shared/releases/platform.ts";
import { manifestText, withSignature } from "../../src/shared/releases/sign_manifest.ts";
import { VERSION } from "../../src/shared/version.ts";

/** The version that the second executable calls itself. */
export const NEXT_VERSION = "99.0.0";

/** The compiled agent, and the same under another version; `undefined` where there is none. */
export function compiledVersions(): { own: string; next: string } | undefined {
  const own = Deno.env.get("AGENT_BIN");
  const next = Deno.env.get("AGENT_NEXT_BIN");
  return own === undefined || next === undefined ? undefined : { own, next };
}

/** What of a release can be other than it should be. */
export type ReleaseChange = Partial<Omit<AgentRelease, "type">> & {
  /** Who signs. @default the desk */
  key?: KeyObject;
  /** Of the file for this machine. @default what it is */
  size?: number;
  sha256?: string;
};

/** Makes releases in a folder. */
export class ReleaseDesk {
  readonly folder: string;
  readonly key: KeyObject = newKey();
  #release = 0;

  constructor(folder: string) {
    this.folder = folder;
    Deno.mkdirSync(folder, { recursive: true });
    Deno.writeTextFileSync(this.keyFile, publicPem(this.key), { mode: 0o644 });
  }

  /** The public key. */
  get keyFile(): string {
    return `${this.folder}/releases.pem`;
  }

  /** Puts a file for this machine and its manifest into the folder; gives the manifest's path. */
  make(program: { file: string } | { script: string }, change: ReleaseChange = {}): string {
    this.#release++;
    const { key = this.key, size, sha256, ...signed } = change;
    const version = signed.version ?? NEXT_VERSION;
    const name = `agent-${version}-${this.#release}-${platformName()}`;
    const path = `${this.folder}/${name}`;
    if ("file" in program) linkOrCopy(program.file, path);
    else Deno.writeTextFileSync(path, program.script);
    const release: AgentRelease = {
      type: "agent-release",
      version,
      release: this.#release,
      issued: "2026-01-01T00:00:00Z",
      expires: "2090-01-01T00:00:00Z",
      from: "*",
      targets: {
        [platformName()]: {
          name,
          size: size ?? Deno.statSync(path).size,
          sha256: sha256 ?? hashOf(path),
        },
      },
      ...signed,
    };
    const manifest = withSignature({ signed: release, signatures: [] }, key);
    const place = `${this.folder}/${name}.json`;
    Deno.writeTextFileSync(place, manifestText(manifest));
    return place;
  }
}

/** Installs the compiled agent below `root`. */
export function install(root: string, program: string): Installation {
  const folder = `${root}/versions/${VERSION}`;
  Deno.mkdirSync(folder, { recursive: true });
  linkOrCopy(program, `${folder}/agent`);
  const installation = new Installation(root);
  installation.switchTo(VERSION);
  return installation;
}

/** A script that is started in place of an agent: it says its version, and takes any configuration. */
export function standIn(run: string, { version = NEXT_VERSION } = {}): string {
  return `#!/bin/sh
case "$1" in
--version) echo ${version} ;;
config) exit 0 ;;
run)
${run}
;;
esac
`;
}

/** A new private key. */
export function newKey(): KeyObject {
  return generateKeyPairSync("ed25519").privateKey;
}

function publicPem(key: KeyObject): string {
  return createPublicKey(key).export({ format: "pem", type: "spki" }).toString();
}

const hashes = new Map<string, string>();

function hashOf(path: string): string {
  const { ino, size, mtime } = Deno.statSync(path);
  const id = `${ino} ${size} ${mtime?.getTime()}`;
  const known = hashes.get(id) ??
    createHash("sha256").update(Deno.readFileSync(path)).digest("hex");
  hashes.set(id, known);
  return known;
}

/** A hundred megabytes need not be there twice. */
function linkOrCopy(from: string, to: string): void {
  try {
    Deno.linkSync(from, to);
  } catch {
    Deno.copyFileSync(from, to);
  }
}
