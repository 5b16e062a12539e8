/**
 * Whose signatures of releases count here: the keys in the files of `upgrade.trusted_keys`, or those that took their place.
 *
 * A manifest of type `agent-keys` changes them, numbered 1, 2, 3 …, each signed by the keys before. Those that came are kept, in
 * `release-keys.json` of the data folder, and gone through from the files' keys on whenever they are needed. So the files stay what
 * everything hangs on: once the administrator has put other keys there, which did not sign the first change, no change counts.
 *
 *     { "schema": 1, "manifests": ["{\"signatures\":…}\n"] }
 *
 * @module
 */

import { join } from "node:path";
import * as z from "zod";
import { keysIn } from "../../shared/releases/key_change.ts";
import { parseManifest } from "../../shared/releases/parse_manifest.ts";
import type { VerificationKey } from "../../shared/releases/signers.ts";
import { verifyManifest } from "../../shared/releases/verify_manifest.ts";
import { readOwnFile } from "../../shared/files/private_file.ts";
import { readKeyFiles } from "../platform/trusted_key_files.ts";
import { writeFileAtomically } from "../identity/atomic_write.ts";

const FILE_NAME = "release-keys.json";

const form = z.object({ schema: z.literal(1), manifests: z.array(z.string()) });

/** What the configuration says. */
export interface KeyFiles {
  trusted_keys: string;
  threshold: number;
}

/** The keys that count, how many of them must have signed, and how often they have been changed. */
export interface KeysInForce {
  keys: readonly VerificationKey[];
  threshold: number;
  changes: number;
}

/** Reads and keeps changes of keys; whoever keeps one holds the lock of the data folder. */
export class ReleaseKeys {
  readonly #path: string;

  constructor(dataFolder: string) {
    this.#path = join(dataFolder, FILE_NAME);
  }

  /**
   * The keys in force.
   *
   * @throws {AgentError} when the files' keys cannot be used
   * @throws when the changes that came cannot be read: keys that were taken away must not count again
   */
  inForce(files: KeyFiles): KeysInForce {
    return this.#known(files).force;
  }

  /** Keeps changes that {@linkcode changedBy} took, one after the other. */
  keep(files: KeyFiles, texts: readonly string[]): void {
    const { manifests } = this.#known(files);
    const document = { schema: 1, manifests: [...manifests, ...texts] };
    writeFileAtomically(this.#path, `${JSON.stringify(document)}\n`);
  }

  /** Stored changes as far as they hang together, and where they lead to. */
  #known({ trusted_keys, threshold }: KeyFiles): { manifests: string[]; force: KeysInForce } {
    const manifests: string[] = [];
    let force: KeysInForce = { keys: readKeyFiles(trusted_keys), threshold, changes: 0 };
    for (const text of this.#stored()) {
      // It was in time when it came.
      const next = changedBy(text, force, issuedMs(text));
      if (typeof next === "string") break;
      manifests.push(text);
      force = next;
    }
    return { manifests, force };
  }

  #stored(): string[] {
    try {
      return form.parse(JSON.parse(readOwnFile(this.#path))).manifests;
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return [];
      throw new Error(`Cannot use "${this.#path}": it does not say which keys count`, {
        cause: error,
      });
    }
  }
}

/** The file that the change after these keys comes in. */
export function nextChangeName({ changes }: KeysInForce): string {
  return `agent-keys-${changes + 1}.json`;
}

/** The keys in force after a change, or why it is none. */
export function changedBy(text: string, before: KeysInForce, nowMs: number): KeysInForce | string {
  const verified = verifyManifest(text, { type: "agent-keys", ...before, nowMs });
  if (!verified.ok) return verified.message;
  const { signed } = verified;
  if (signed.release !== before.changes + 1) {
    return `it is change ${signed.release} of the keys, and ${before.changes + 1} comes next`;
  }
  return { keys: keysIn(signed), threshold: signed.threshold, changes: signed.release };
}

function issuedMs(text: string): number {
  const parsed = parseManifest(text);
  return parsed.ok ? Date.parse(parsed.manifest.signed.issued) : 0;
}
