/**
 * Scripts that the server brings, each only as a manifest says that the keys for releases signed.
 *
 * In the folder `signed-scripts` of the data folder lies a script under its hash, and beside it the manifest `<name>.json`, which is
 * replaced in one step: the script of a name is always one that was signed, the old one or the new one. What is run is what was hashed.
 *
 * @module
 */

import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { getLogger } from "@logtape/logtape";
import type { Clock } from "../../shared/clock.ts";
import { messageOf } from "../../shared/errors.ts";
import { readOwnFile } from "../../shared/files/private_file.ts";
import { openRegularFile } from "../../shared/files/regular_file.ts";
import { parseManifest } from "../../shared/releases/parse_manifest.ts";
import { verifyManifest } from "../../shared/releases/verify_manifest.ts";
import type { ReleaseTarget } from "../../shared/releases/manifest.ts";
import { requireTrusted } from "../platform/trusted_path.ts";
import { download, type FileSource } from "../upgrade/download.ts";
import { learnKeys } from "../upgrade/learn_keys.ts";
import type { KeyFiles, KeysInForce, ReleaseKeys } from "../upgrade/release_keys.ts";
import { fetchText } from "../upgrade/small_file.ts";
import { KeyedLock } from "./keyed_lock.ts";

/** What {@linkcode SignedScripts} work with. */
interface SignedScriptsDeps {
  dataFolder: string;
  store: ReleaseKeys;
  /** Whose signatures count; `undefined` for nobody's. */
  files: () => KeyFiles | undefined;
  /** The server; `undefined` where none is asked. */
  source: () => FileSource | undefined;
  /** Replaces a file so that it survives a crash. */
  write: (path: string, text: string) => void;
  /** By the server's clock. */
  now: () => number;
  retryWaits: () => { next(afterMs?: number): number; reset(): void };
  bytesPerSecond: () => number;
  clock: Clock;
}

const FOLDER = "signed-scripts";
const MAX_SCRIPT_BYTES = 16 * 1024 * 1024;
/** A newer one is looked for when that was last done so long ago, in milliseconds. */
const FRESH_MS = 600_000;

/** Keeps and fetches them. */
export class SignedScripts {
  readonly #deps: SignedScriptsDeps;
  readonly #folder: string;
  readonly #lock = new KeyedLock();
  readonly #askedMs = new Map<string, number>();
  readonly #log = getLogger(["agent", "responses"]);

  constructor(deps: SignedScriptsDeps) {
    this.#deps = deps;
    this.#folder = join(deps.dataFolder, FOLDER);
  }

  /** Whether one of that name is here, whatever it is worth. */
  has(name: string): boolean {
    return this.#manifestText(name) !== undefined;
  }

  /**
   * The script of that name, as it was signed.
   *
   * @param isReversal takes the one that is here also when its time is over or there is a newer one: it was right when it enabled
   *   something
   * @throws when there is none that may be run
   */
  content(
    name: string,
    { isReversal = false, signal }: { isReversal?: boolean; signal: AbortSignal },
  ): Promise<Uint8Array> {
    requireTrusted("data folder", this.#deps.dataFolder);
    return this.#lock.run(name, async () => {
      const stored = this.#stored(name, isReversal);
      if (stored !== undefined && (isReversal || this.#isFresh(name))) return stored;
      try {
        return await this.#fetch(name, signal);
      } catch (error) {
        signal.throwIfAborted();
        if (stored === undefined) throw error;
        const reason = messageOf(error);
        this.#log.warn("No newer script {name}: {reason}; the one here counts", { name, reason });
        return stored;
      }
    });
  }

  #isFresh(name: string): boolean {
    const askedMs = this.#askedMs.get(name) ?? -Infinity;
    return this.#deps.clock.monotonic() - askedMs < FRESH_MS;
  }

  /** What is here and counts; `undefined` when there is nothing of the kind. */
  #stored(name: string, isReversal: boolean): Uint8Array | undefined {
    const text = this.#manifestText(name);
    if (text === undefined) return undefined;
    const nowMs = isReversal ? issuedMs(text) : this.#deps.now();
    try {
      return this.#read(this.#verified(name, text, { force: this.#keys(), nowMs }));
    } catch (error) {
      const reason = messageOf(error);
      this.#log.warn("The script {name} that is here does not count: {reason}", { name, reason });
      return undefined;
    }
  }

  async #fetch(name: string, signal: AbortSignal): Promise<Uint8Array> {
    const { now, retryWaits, clock, store } = this.#deps;
    const source = this.#deps.source();
    if (source === undefined) throw new Error(`there is no signed script "${name}" here`);
    const small = { source, retryWaits: retryWaits(), clock, signal };
    const files = this.#files();
    const force = await learnKeys({ ...small, store, files, nowMs: now(), keeps: true });
    const text = await fetchText(`${name}.json`, "cannot get the manifest of a script", small);
    if (text === undefined) throw new Error(`the server has no signed script "${name}"`);
    const before = this.#manifestText(name);
    const highestRelease = before === undefined ? undefined : releaseIn(before);
    const target = this.#verified(name, text, { force, nowMs: now(), highestRelease });
    await this.#bring(target, { source, signal });
    if (text !== before) this.#keep(name, { text, before });
    this.#askedMs.set(name, clock.monotonic());
    return this.#read(target);
  }

  #verified(
    name: string,
    text: string,
    { force, ...more }: {
      force: Pick<KeysInForce, "keys" | "threshold">;
      nowMs: number;
      highestRelease?: number | undefined;
    },
  ): ReleaseTarget {
    const { keys, threshold } = force;
    const wanted = { type: "script" as const, name, maxSize: MAX_SCRIPT_BYTES };
    const verified = verifyManifest(text, { ...wanted, keys, threshold, ...more });
    if (!verified.ok) {
      throw new Error(`the script "${name}" is refused (${verified.code}): ${verified.message}`);
    }
    const { name: file, size, sha256 } = verified.signed;
    return { name: file, size, sha256 };
  }

  /** Downloads what is not here yet. */
  async #bring(
    target: ReleaseTarget,
    { source, signal }: { source: FileSource; signal: AbortSignal },
  ): Promise<void> {
    if (this.#isHere(target)) return;
    Deno.mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
    const { retryWaits, bytesPerSecond, clock } = this.#deps;
    const partial = `${this.#path(target.sha256)}.partial`;
    await download(target, partial, {
      ...{ source, bytesPerSecond, clock, signal, onProgress: () => {} },
      retryWaits: retryWaits(),
    });
    Deno.chmodSync(partial, 0o700);
    Deno.renameSync(partial, this.#path(target.sha256));
  }

  /** Puts the manifest in force; what it took the place of goes. */
  #keep(name: string, { text, before }: { text: string; before: string | undefined }): void {
    this.#deps.write(this.#path(`${name}.json`), text);
    const old = before === undefined ? undefined : hashIn(before);
    const isUsed = [...Deno.readDirSync(this.#folder)].some(({ name: file }) =>
      file.endsWith(".json") && hashIn(this.#manifestText(file.slice(0, -5)) ?? "") === old
    );
    if (old !== undefined && !isUsed) Deno.removeSync(this.#path(old));
  }

  #isHere(target: ReleaseTarget): boolean {
    try {
      this.#read(target);
      return true;
    } catch {
      return false;
    }
  }

  /** What is hashed is what is run. */
  #read({ name, sha256 }: ReleaseTarget): Uint8Array {
    using file = openRegularFile(this.#path(sha256), { followLink: false });
    const content = readFileSync(file.descriptor);
    if (createHash("sha256").update(content).digest("hex") === sha256) return content;
    throw new Error(`the script "${name}" that is here is not the one that was signed`);
  }

  #manifestText(name: string): string | undefined {
    try {
      return readOwnFile(this.#path(`${name}.json`));
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return undefined;
      throw error;
    }
  }

  #keys(): KeysInForce {
    return this.#deps.store.inForce(this.#files());
  }

  #files(): KeyFiles {
    const files = this.#deps.files();
    if (files !== undefined) return files;
    throw new Error("scripts have to be signed, and upgrade.trusted_keys names nobody's keys");
  }

  #path(name: string): string {
    return join(this.#folder, name);
  }
}

function signedIn(text: string) {
  const parsed = parseManifest(text);
  return parsed.ok ? parsed.manifest.signed : undefined;
}

function issuedMs(text: string): number {
  return Date.parse(signedIn(text)?.issued ?? "") || 0;
}

function releaseIn(text: string): number | undefined {
  return signedIn(text)?.release;
}

function hashIn(text: string): string | undefined {
  const signed = signedIn(text);
  return signed?.type === "script" ? signed.sha256 : undefined;
}
