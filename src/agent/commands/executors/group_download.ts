/**
 * Gets the files of groups from the server: each whole, of a bounded size, and only if it changed where the server can tell.
 *
 * @module
 */

import { createHash } from "node:crypto";
import type { Clock } from "../../../shared/clock.ts";
import { AgentError } from "../../../shared/errors.ts";
import type { FileOutcome } from "../../../shared/protocol/exchange.ts";
import type { GroupFile } from "../../../shared/protocol/groups.ts";

/** Judges the files of one download. */
export interface FileTrust {
  /** Why a file must not be used; `undefined` when it may. */
  refusal(
    file: { name: string; content: Uint8Array; signature: string | undefined },
  ): string | undefined;
  /** Told at the end that all are taken. */
  accept(): void;
}

/** What a {@linkcode GroupDownload} is built with. */
export interface GroupDownloadDeps {
  /**
   * Gets a file of the server; with `etag` only one that is not the one that was answered with it. Rejects only when the signal
   * is aborted.
   */
  getFile(name: string, signal: AbortSignal, etag?: string): Promise<FileOutcome>;
  /** Waits between the tries of one file. */
  createRetryWaits: () => { next(afterMs?: number): number };
  clock: Clock;
}

/** What is asked for. */
interface DownloadOrder {
  groups: readonly string[];
  /** Files that are here already. */
  stored: readonly GroupFile[];
  trust: FileTrust;
  /** False: a passing fault ends the download, and a group without a file has none. True: tries go on, and that is a failure. */
  insists: boolean;
  signal: AbortSignal;
}

/** A file as it came. */
interface Received {
  bytes: Uint8Array;
  signature: string | undefined;
}

/** What a server said with a file that was taken. */
interface Remembered {
  etag: string;
  signature: string | undefined;
  sha256: string;
}

const MAX_FILE_BYTES = 1_048_576;
const MAX_TOTAL_BYTES = 8 * MAX_FILE_BYTES;

/** Downloads files, and remembers what the server called them. */
export class GroupDownload {
  readonly #deps: GroupDownloadDeps;
  readonly #remembered = new Map<string, Remembered>();

  constructor(deps: GroupDownloadDeps) {
    this.#deps = deps;
  }

  /**
   * The files of all groups, in their order.
   *
   * @throws {AgentError} naming the file; `server_unreachable` for a passing fault
   * @throws the signal's reason
   */
  async fetch({ groups, trust, ...order }: DownloadOrder): Promise<GroupFile[]> {
    const files: GroupFile[] = [];
    let totalBytes = 0;
    for (const name of groups) {
      const received = await this.#fetchOne(`${name}.yml`, {
        ...order,
        stored: order.stored.find((file) => file.name === name),
      });
      if (received === undefined) continue;
      const { bytes, signature } = received;
      const refusal = trust.refusal({ name: `${name}.yml`, content: bytes, signature });
      if (refusal !== undefined) {
        // What was believed once may not be any more: the next download gets it whole, with its signature of then.
        this.#remembered.delete(`${name}.yml`);
        throw unusable(`${name}.yml`, refusal);
      }
      totalBytes += bytes.length;
      if (totalBytes > MAX_TOTAL_BYTES) {
        throw unusable(`${name}.yml`, "the files are together larger than 8 MiB");
      }
      const text = decode(`${name}.yml`, bytes);
      files.push({ name, text, ...(signature !== undefined && { signature }) });
    }
    return files;
  }

  /** `undefined` for a group that has no file and may have none. */
  async #fetchOne(
    name: string,
    { stored, insists, signal }: Pick<DownloadOrder, "insists" | "signal"> & {
      stored: GroupFile | undefined;
    },
  ): Promise<Received | undefined> {
    const waits = this.#deps.createRetryWaits();
    for (;;) {
      const known = this.#knownAs(name, stored);
      const answer = await this.#deps.getFile(name, signal, known?.etag);
      switch (answer.kind) {
        case "file":
          return this.#received(name, answer);
        case "unchanged":
          if (known !== undefined) return known;
          throw unusable(name, "the server says that it is unchanged, and it is not here");
        case "not_found":
          if (insists || stored !== undefined) {
            throw unusable(name, "the server has no such file");
          }
          return undefined;
        case "give_up":
          throw unusable(name, answer.reason);
        case "retry":
          if (!insists) throw unreachable(name, answer.reason);
          await this.#deps.clock.sleep(waits.next(answer.afterMs), signal);
      }
    }
  }

  /** What is here of a file, if the server would know it by a tag: only then it need not send it again. */
  #knownAs(name: string, stored: GroupFile | undefined): Received & { etag: string } | undefined {
    const remembered = this.#remembered.get(name);
    if (remembered === undefined || stored === undefined) return undefined;
    const bytes = new TextEncoder().encode(stored.text);
    const { etag, signature, sha256 } = remembered;
    return sha256Of(bytes) === sha256 ? { bytes, signature, etag } : undefined;
  }

  #received(name: string, file: Extract<FileOutcome, { kind: "file" }>): Received {
    const { bytes, signature, etag } = file;
    if (bytes.length > MAX_FILE_BYTES) throw unusable(name, "it is larger than 1 MiB");
    if (etag === undefined) this.#remembered.delete(name);
    else this.#remembered.set(name, { etag, signature, sha256: sha256Of(bytes) });
    return { bytes, signature };
  }
}

function sha256Of(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

function decode(name: string, bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw unusable(name, "it is not UTF-8 text");
  }
}

function unusable(name: string, why: string): AgentError {
  return new AgentError("failed", `Cannot use "${name}": ${why}`);
}

function unreachable(name: string, why: string): AgentError {
  return new AgentError("server_unreachable", `Cannot get "${name}": ${why}`);
}
