/**
 * Which release an agent is offered.
 *
 * @module
 */

import type { AgentRelease, Manifest } from "../../shared/releases/manifest.ts";
import { parseManifest } from "../../shared/releases/parse_manifest.ts";
import semver from "../../shared/releases/semver.ts";
import { replaces } from "../../shared/releases/verify_manifest.ts";
import type { FolderFile, ReleaseFolder } from "./release_folder.ts";
import { isManifestName } from "./release_folder.ts";

/** Who asks. */
interface UpgradeQuestion {
  /** Such as `linux-x86_64`. */
  platform: string;
  /** The version that it runs. */
  version: string;
  /** The version that it wants. @default the one of the highest release that is newer than its own */
  wanted?: string | undefined;
}

/** A manifest of the folder. */
interface StoredManifest {
  name: string;
  /** As it is in the file. */
  text: string;
  manifest: Manifest;
}

/** A manifest of an agent's release. */
interface StoredRelease {
  text: string;
  signed: AgentRelease;
}

/** Reads the manifests of the folder; each once, until it changes. */
export class Manifests {
  readonly #folder: ReleaseFolder;
  readonly #read = new Map<string, { changed: string; stored: StoredManifest | undefined }>();

  constructor(folder: ReleaseFolder) {
    this.#folder = folder;
  }

  /** All that can be read, by name. */
  list(): StoredManifest[] {
    const files = this.#folder.list().filter(({ name }) => isManifestName(name));
    const names = new Set(files.map(({ name }) => name));
    for (const name of this.#read.keys()) {
      if (!names.has(name)) this.#read.delete(name);
    }
    return files.flatMap((file) => this.#manifest(file) ?? []);
  }

  /** The release for an agent, with its file in the folder: the highest that counts still. */
  releaseFor(
    { platform, version, wanted }: UpgradeQuestion,
    nowMs: number,
  ): StoredRelease | undefined {
    return this.#releases(nowMs).filter(({ signed }) =>
      semver.gt(signed.version, version) && (wanted === undefined || signed.version === wanted) &&
      replaces(signed.from, version) && this.#hasFile(signed, platform)
    ).at(0);
  }

  /** The highest release of a version that counts still. */
  releaseOf(version: string, nowMs: number): StoredRelease | undefined {
    return this.#releases(nowMs).find(({ signed }) => signed.version === version);
  }

  /** The highest release first. */
  #releases(nowMs: number): StoredRelease[] {
    return this.list().flatMap(({ text, manifest: { signed } }) =>
      signed.type === "agent-release" && Date.parse(signed.expires) > nowMs
        ? [{ text, signed }]
        : []
    ).sort((one, other) => other.signed.release - one.signed.release);
  }

  #hasFile({ targets }: AgentRelease, platform: string): boolean {
    const target = Object.hasOwn(targets, platform) ? targets[platform] : undefined;
    return target !== undefined && this.#folder.find(target.name)?.info.size === target.size;
  }

  #manifest({ name, path, info }: FolderFile): StoredManifest | undefined {
    const changed = `${info.ino} ${info.size} ${info.mtime?.getTime()}`;
    const known = this.#read.get(name);
    if (known?.changed === changed) return known.stored;
    const stored = readManifest(name, path);
    this.#read.set(name, { changed, stored });
    return stored;
  }
}

function readManifest(name: string, path: string): StoredManifest | undefined {
  const text = Deno.readTextFileSync(path);
  const parsed = parseManifest(text);
  return parsed.ok ? { name, text, manifest: parsed.manifest } : undefined;
}
