/**
 * The folder of what agents may download: executables and scripts, and the manifests that name them.
 *
 * A file gets its name once it is whole and on the disk; until then it is a hidden one, of which nothing is left after a crash. What
 * is no regular file of this folder itself, such as a link that leads out of it, is not there.
 *
 * @module
 */

import { createHash } from "node:crypto";
import { join } from "node:path";
import {
  DOWNLOAD_NAME,
  type Manifest,
  MAX_MANIFEST_BYTES,
} from "../../shared/releases/manifest.ts";
import { parseManifest } from "../../shared/releases/parse_manifest.ts";
import { sizeText } from "../../shared/text.ts";
import { ReleaseProblem } from "./release_problem.ts";

const DRAFT_PREFIX = ".partial-";

/** So many files may be put at a time: each costs the disk its full speed. */
const MOST_WRITERS = 2;

/** Codes of the system for a disk that is full, or a quota that is used up. */
const NO_ROOM_CODES = new Set(["ENOSPC", "EDQUOT"]);

/** A file as it was put. */
export interface PutFile {
  name: string;
  bytes: number;
  /** In hexadecimal digits. */
  sha256: string;
}

/** How a file is put. */
interface PutOptions {
  /** How many bytes will come, when that is known. */
  declared?: number | undefined;
  /** Called with the whole file before it takes its name; what it throws keeps that from happening. */
  beforeNamed?: ((draft: PutFile & { path: string }) => Promise<void>) | undefined;
}

/** A file of the folder. */
export interface FolderFile {
  name: string;
  path: string;
  info: Deno.FileInfo;
}

/** Whether it is the name of a manifest. */
export function isManifestName(name: string): boolean {
  return name.endsWith(".json");
}

/** @throws ReleaseProblem for what is a path, hidden, or too long */
function checkDownloadName(name: string): void {
  if (DOWNLOAD_NAME.test(name)) return;
  const text = JSON.stringify(name.slice(0, 60));
  throw new ReleaseProblem(
    "wrong_name",
    `${text} is not a file name such as "agent-1.4.0-linux-x86_64"`,
  );
}

/** Puts files in the folder, takes them away, and finds them. */
export class ReleaseFolder {
  readonly #path: string;
  readonly #maxBytes: number;
  #writers = 0;

  /** @param maxBytes largest file */
  constructor(path: string, maxBytes: number) {
    this.#path = path;
    this.#maxBytes = maxBytes;
  }

  /** Makes the folder, and removes what a crash left half written. */
  async prepare(): Promise<void> {
    await Deno.mkdir(this.#path, { recursive: true, mode: 0o700 });
    for await (const { name, isFile } of Deno.readDir(this.#path)) {
      if (isFile && name.startsWith(DRAFT_PREFIX)) await Deno.remove(join(this.#path, name));
    }
  }

  /**
   * Puts a file in place of what had its name, in one step.
   *
   * @throws ReleaseProblem when the name is none, it is too large, no manifest although it is called like one, or has no room
   */
  async put(
    name: string,
    chunks: AsyncIterable<Uint8Array>,
    { declared, beforeNamed }: PutOptions = {},
  ): Promise<PutFile> {
    checkDownloadName(name);
    const most = isManifestName(name) ? MAX_MANIFEST_BYTES : this.#maxBytes;
    if (declared !== undefined && declared > most) throw tooLarge(name, most);
    if (this.#writers >= MOST_WRITERS) {
      throw new ReleaseProblem("busy", "Other files are being put, come again later");
    }
    this.#writers++;
    try {
      return await this.#write(name, chunks, { most, beforeNamed });
    } catch (error) {
      throw withoutRoom(error) ?? error;
    } finally {
      this.#writers--;
    }
  }

  /** Takes a file away; false when there is none. */
  async remove(name: string): Promise<boolean> {
    if (this.find(name) === undefined) return false;
    await Deno.remove(join(this.#path, name));
    await this.#sync();
    return true;
  }

  /** @throws ReleaseProblem when the name is none */
  find(name: string): FolderFile | undefined {
    checkDownloadName(name);
    const path = join(this.#path, name);
    try {
      const info = Deno.lstatSync(path);
      return info.isFile ? { name, path, info } : undefined;
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return undefined;
      throw error;
    }
  }

  /** Every file, by name. */
  list(): FolderFile[] {
    return Array.from(Deno.readDirSync(this.#path), ({ name }) => name)
      .filter((name) => DOWNLOAD_NAME.test(name)).sort()
      .flatMap((name) => this.find(name) ?? []);
  }

  async #write(
    name: string,
    chunks: AsyncIterable<Uint8Array>,
    { most, beforeNamed }: Pick<PutOptions, "beforeNamed"> & { most: number },
  ): Promise<PutFile> {
    const draft = join(this.#path, `${DRAFT_PREFIX}${crypto.randomUUID()}`);
    try {
      const { bytes, sha256 } = await writeDraft(draft, chunks, { name, most });
      if (isManifestName(name)) checkManifest(name, await Deno.readTextFile(draft));
      await beforeNamed?.({ name, bytes, sha256, path: draft });
      await Deno.rename(draft, join(this.#path, name));
      await this.#sync();
      return { name, bytes, sha256 };
    } catch (error) {
      await Deno.remove(draft).catch(() => {});
      throw error;
    }
  }

  /** Windows cannot open folders, and needs no such thing. */
  async #sync(): Promise<void> {
    if (Deno.build.os === "windows") return;
    using folder = await Deno.open(this.#path, { read: true });
    await folder.sync();
  }
}

async function writeDraft(
  path: string,
  chunks: AsyncIterable<Uint8Array>,
  { name, most }: { name: string; most: number },
): Promise<Omit<PutFile, "name">> {
  using file = await Deno.open(path, { write: true, createNew: true, mode: 0o600 });
  const hash = createHash("sha256");
  let bytes = 0;
  for await (const chunk of chunks) {
    bytes += chunk.length;
    if (bytes > most) throw tooLarge(name, most);
    hash.update(chunk);
    for (let written = 0; written < chunk.length;) {
      written += await file.write(chunk.subarray(written));
    }
  }
  if (bytes === 0) throw new ReleaseProblem("empty", `"${name}" is empty`);
  await file.sync();
  return { bytes, sha256: hash.digest("hex") };
}

/** Who signed it is the agents' business; what no agent can read, or looks for under that name, is of no use to any. */
function checkManifest(name: string, text: string): void {
  const parsed = parseManifest(text);
  if (!parsed.ok) {
    throw new ReleaseProblem("wrong_manifest", `"${name}" is no manifest: ${parsed.message}`);
  }
  const wanted = manifestName(parsed.manifest.signed);
  if (wanted === undefined || wanted === name) return;
  throw new ReleaseProblem("wrong_manifest", `"${name}" has to be called "${wanted}"`);
}

/** The only name that agents know a manifest by; releases are found by what they say. */
function manifestName(signed: Manifest["signed"]): string | undefined {
  switch (signed.type) {
    case "agent-release":
      return undefined;
    case "agent-keys":
      return `agent-keys-${signed.release}.json`;
    case "script":
      return `${signed.name}.json`;
  }
}

function tooLarge(name: string, most: number): ReleaseProblem {
  return new ReleaseProblem("too_large", `"${name}" is larger than ${sizeText(most)}`);
}

function withoutRoom(error: unknown): ReleaseProblem | undefined {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  if (!NO_ROOM_CODES.has(code)) return undefined;
  return new ReleaseProblem("no_room", "The manager's disk is full");
}
