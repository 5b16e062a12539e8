/**
 * The audit log: a file that gains one JSON line for each thing that was sent, published, or failed.
 *
 *     {"time":"2026-01-01T00:00:00.000Z","event":"published","subject":…,"sequence":…}
 *
 * A file that would grow beyond its size becomes `<path>.1`, after `<path>.1` has become `<path>.2`
 * and so on; the last one is removed. Lines wait in memory while the file can't be written, up to a
 * bound, and are counted as lost beyond it: nothing that happens here stops or slows the manager. A
 * line that could be written in part only, also by a process that ended meanwhile, is never gone on
 * with: it is cut off, or the next one begins on a line of its own.
 *
 * @module
 */

import { getLogger } from "@logtape/logtape";
import type { Clock } from "../../shared/clock.ts";
import { endedWithin } from "../ended_within.ts";
import { whyUnusable } from "./file_trouble.ts";
import type { AuditLogOptions } from "./options_schema.ts";

const MAX_WAITING_LINES = 100_000;
const RETRY_AFTER_MS = 1_000;
/** A named pipe that nobody reads, or a file system that hangs, must not keep the manager. */
const CLOSE_WITHIN_MS = 2_000;
const LINE_END = 0x0a;

const log = getLogger(["manager", "audit"]);

/** What happened. */
type AuditEvent =
  | "keepalive_sent"
  | "status_change"
  | "published"
  | "publish_failed"
  | "set_aside"
  | "dropped"
  | "connected"
  | "connect_failed"
  | "disconnected"
  | "gave_up"
  | "login_failed"
  | "login_refused"
  | "agent_registered"
  | "agent_removed"
  | "agent_cloned"
  | "agent_clone_mended"
  | "enrollment_token_made"
  | "enrollment_token_removed"
  | "release_put"
  | "release_removed"
  | "rollout_begun"
  | "rollout_changed";

/** Takes what happened, at once, and never throws. */
export interface Audit {
  write(event: AuditEvent, details: Readonly<Record<string, unknown>>): void;
}

/** Figures since the start. */
export interface AuditStats {
  lines_written: number;
  lines_lost: number;
  write_errors: number;
}

/** What an {@linkcode AuditLog} is built with. */
interface AuditLogDeps {
  path: string;
  options: AuditLogOptions;
  clock: Clock;
}

/** Writes the file, in the background. */
export class AuditLog implements Audit {
  readonly #path: string;
  readonly #options: AuditLogOptions;
  readonly #clock: Clock;
  readonly #closing = new AbortController();
  readonly #stats: AuditStats = { lines_written: 0, lines_lost: 0, write_errors: 0 };
  #lines: Uint8Array[] = [];
  #file: Deno.FsFile | undefined;
  #fileBytes = 0;
  #isFailing = false;
  #work: Promise<void> | undefined;

  constructor({ path, options, clock }: AuditLogDeps) {
    this.#path = path;
    this.#options = options;
    this.#clock = clock;
  }

  write(event: AuditEvent, details: Readonly<Record<string, unknown>>): void {
    if (this.#lines.length >= MAX_WAITING_LINES) {
      this.#stats.lines_lost++;
      return;
    }
    const time = new Date(this.#clock.now()).toISOString();
    this.#lines.push(
      new TextEncoder().encode(`${JSON.stringify({ time, event, ...details })}\n`),
    );
    this.#work ??= this.#writeAll();
  }

  stats(): Readonly<AuditStats> {
    return this.#stats;
  }

  /** Resolves when every line so far is written, or lost because the log is closed. */
  async flush(): Promise<void> {
    await this.#work;
  }

  /** Writes what is left, as far as the file can be written within 2 s, and closes it. */
  async close(): Promise<void> {
    this.#closing.abort();
    const closed = this.flush().then(() => this.#closeFile());
    if (await endedWithin([closed], CLOSE_WITHIN_MS)) this.#loseAll();
  }

  async #writeAll(): Promise<void> {
    // Started in a later turn, so that one write takes the lines of a whole turn.
    await new Promise((resolve) => setTimeout(resolve, 0));
    while (this.#lines.length > 0) {
      try {
        await this.#writeSome();
      } catch (error) {
        await this.#fail(error);
        if (this.#closing.signal.aborted) this.#loseAll();
        await this.#clock.sleep(RETRY_AFTER_MS, this.#closing.signal).catch(() => {});
      }
    }
    this.#work = undefined;
  }

  /** Writes as many lines as the file has room for, one at least. */
  async #writeSome(): Promise<void> {
    let file = this.#file ?? await this.#open();
    const first = this.#lines[0]?.length ?? 0;
    if (this.#fileBytes > 0 && this.#fileBytes + first > this.#options.max_size) {
      await this.#rotate();
      file = await this.#open();
    }
    const lines = this.#linesThatFit();
    const bytes = new Uint8Array(await new Blob(lines as BlobPart[]).arrayBuffer());
    for (let written = 0; written < bytes.length;) {
      written += await file.write(bytes.subarray(written));
    }
    this.#fileBytes += bytes.length;
    // Fewer when they were given up meanwhile.
    this.#stats.lines_written += this.#lines.splice(0, lines.length).length;
    if (this.#isFailing) log.info("Audit log {path} is written again", { path: this.#path });
    this.#isFailing = false;
  }

  #linesThatFit(): Uint8Array[] {
    let bytes = this.#fileBytes;
    const end = this.#lines.findIndex((line, index) => {
      bytes += line.length;
      return index > 0 && bytes > this.#options.max_size;
    });
    return end === -1 ? [...this.#lines] : this.#lines.slice(0, end);
  }

  async #open(): Promise<Deno.FsFile> {
    const file = await Deno.open(this.#path, { create: true, append: true, mode: 0o600 });
    this.#file = file;
    const { isFile, size } = await file.stat();
    this.#fileBytes = size;
    if (isFile && size > 0 && await this.#endsWithinLine()) {
      this.#fileBytes += await file.write(Uint8Array.of(LINE_END));
    }
    return file;
  }

  async #endsWithinLine(): Promise<boolean> {
    using file = await Deno.open(this.#path);
    const last = new Uint8Array(1);
    await file.seek(-1, Deno.SeekMode.End);
    await file.read(last);
    return last[0] !== LINE_END;
  }

  async #rotate(): Promise<void> {
    this.#closeFile();
    for (let number = this.#options.keep_files - 1; number > 0; number--) {
      await renameIfThere(`${this.#path}.${number}`, `${this.#path}.${number + 1}`);
    }
    await Deno.rename(this.#path, `${this.#path}.1`);
  }

  async #fail(error: unknown): Promise<void> {
    this.#stats.write_errors++;
    this.#isFailing = true;
    log.warn('Cannot write audit log "{path}": {reason}', {
      path: this.#path,
      reason: whyUnusable(error),
    });
    // All these lines are written again.
    await this.#file?.truncate(this.#fileBytes).catch(() => {});
    this.#closeFile();
  }

  #closeFile(): void {
    this.#file?.close();
    this.#file = undefined;
  }

  #loseAll(): void {
    this.#stats.lines_lost += this.#lines.length;
    this.#lines = [];
  }
}

async function renameIfThere(from: string, to: string): Promise<void> {
  try {
    await Deno.rename(from, to);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}
