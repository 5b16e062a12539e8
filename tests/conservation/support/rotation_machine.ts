/**
 * A program that writes numbered lines to a log, what rotates it in every usual way, and what may
 * happen to the collector meanwhile, all at random from a seed.
 *
 * @module
 */

import { gunzipSync, gzipSync } from "node:zlib";
import {
  LogFolder,
  READ_INTERVAL_MS,
  RELOAD_INTERVAL_MS,
} from "../../agent/modules/support/log_folder.ts";
import { randomFrom } from "../../support/random.ts";

/** How a log is rotated. */
export const SCHEMES = [
  "numbers",
  "numbers before the ending",
  "dates",
  "old",
  "copy and truncate",
  "slow copy and truncate",
  "compressed",
  "link to dated files",
] as const;

/** One of {@linkcode SCHEMES}. */
export type Scheme = typeof SCHEMES[number];

/** What every file of the log begins with. */
const BANNER = Array.from({ length: 30 }, (_, line) => `banner ${line} ${"=".repeat(40)}`);

/** What the names of backups begin with. */
const BACKUP = "app-backup-";

/** What was written, and what became of it. */
export interface Account {
  /** Lines that were written and that arrived not at all. */
  missing: string[];
  /** Lines that arrived more than once. */
  doubled: string[];
  /** Lines that were never written. */
  foreign: string[];
}

/** Writes, rotates and disturbs. */
export class RotationMachine {
  readonly folder: LogFolder;
  readonly written: string[] = [];
  /** What happened, for whoever has to find out why. */
  readonly steps: string[] = [];
  readonly #random: () => number;
  readonly #scheme: Scheme;
  readonly #location: string;
  readonly #banner: boolean;
  #name = "app.log";
  #date = 20_260_101;
  #running = false;
  #slow: { from: string; to: string; copied: number } | undefined;

  constructor(
    seed: number,
    { scheme, location, banner }: { scheme: Scheme; location: string; banner: boolean },
  ) {
    this.#random = randomFrom(seed);
    this.#scheme = scheme;
    this.#location = location;
    this.#banner = banner;
    const folder: LogFolder = new LogFolder({
      startAt: "beginning",
      maxLineBytes: 400,
      blockBytes: 800,
      partialIdleMs: 0,
      get localfiles() {
        return [{ location: folder.file(location) }];
      },
    });
    this.folder = folder;
  }

  /** Lives for so many steps, then lets everything be read. */
  async live(steps: number): Promise<void> {
    this.#newFile();
    await this.#start();
    for (let step = 0; step < steps; step++) await this.#step();
    this.#finishSlowCopy();
    if (!this.#running) await this.#start();
    await this.#pass(6 * RELOAD_INTERVAL_MS);
  }

  /** What arrived beside what was written; banners do not count. */
  account(): Account {
    const times = new Map<string, number>(this.written.map((line) => [line, 0]));
    const foreign: string[] = [];
    for (const line of this.folder.sink.lines) {
      if (line.startsWith("banner")) continue;
      if (times.has(line)) times.set(line, (times.get(line) ?? 0) + 1);
      else foreign.push(line);
    }
    const where = (isIt: (count: number) => boolean) =>
      [...times].filter(([, count]) => isIt(count)).map(([line]) => line);
    return {
      missing: where((count) => count === 0),
      doubled: where((count) => count > 1),
      foreign,
    };
  }

  /**
   * What breaks the promise, in words; nothing when it was kept. A line may be missing only when no
   * file has it any more and the ledger says so: with at least as many bytes, or without a number when
   * it was destroyed before anybody could have seen it. Lines may be there twice only as far as the
   * ledger names how many bytes may be.
   */
  verdict(): string[] {
    const { missing, doubled, foreign } = this.account();
    const { losses } = this.folder.sink;
    const doubts = losses.filter(({ reason }) => reason.startsWith("read although"));
    const lost = losses.filter((loss) => !doubts.includes(loss));
    const known = lost.reduce((sum, { bytes }) => sum + bytes, 0);
    const hasUnknown = lost.some(({ bytes }) => bytes === 0);
    const doubtful = doubts.reduce((sum, { detail }) => sum + doubtfulBytes(detail), 0);
    const there = this.#linesOnDisk();
    const left = missing.filter((line) => there.has(line));
    const bytesOf = (lines: readonly string[]) =>
      lines.reduce((sum, line) => sum + new TextEncoder().encode(line).length + 1, 0);
    const problems: string[] = [];
    if (left.length > 0) problems.push(`lost ${left.length} that are still there`);
    else if (missing.length > 0 && known < bytesOf(missing) && !hasUnknown) {
      problems.push(`lost ${missing.length} silently`);
    }
    if (bytesOf(doubled) > doubtful) problems.push(`doubled ${doubled.length}`);
    if (foreign.length > 0) problems.push(`foreign ${foreign.length}`);
    return problems;
  }

  /** A backup that is not configured is nobody's business. */
  #linesOnDisk(): Set<string> {
    const names = [...Deno.readDirSync(this.folder.path)].map(({ name }) => name)
      .filter((name) => this.#location.includes("*") || !name.startsWith(BACKUP));
    return new Set(names.flatMap((name) => {
      const bytes = Deno.readFileSync(this.folder.file(name));
      const plain = name.endsWith(".gz") ? gunzipSync(bytes) : bytes;
      return new TextDecoder().decode(plain).split("\n");
    }));
  }

  async #step(): Promise<void> {
    const dice = this.#random();
    if (dice < 0.35) this.#write();
    else if (dice < 0.5) this.#rotate();
    else if (dice < 0.7) await this.#pass();
    else if (dice < 0.75) await this.#pass(RELOAD_INTERVAL_MS);
    else if (dice < 0.8) await this.#stop();
    else if (dice < 0.84) await this.#kill();
    else if (dice < 0.88) await this.#reload();
    else if (dice < 0.93) await this.#failAppend();
    else if (dice < 0.96) await this.#fillQueue();
    else this.#backup();
  }

  #note(step: string): void {
    this.steps.push(step);
  }

  #write(): void {
    const count = 1 + Math.floor(this.#random() * 12);
    this.#note(`write ${this.written.length}+${count} to ${this.#name}`);
    const lines = Array.from({ length: count }, () => {
      const line = `${this.written.length} ${"ä€x".repeat(Math.floor(this.#random() * 12))}`;
      this.written.push(line);
      return `${line}\n`;
    });
    this.folder.append(this.#name, lines.join(""));
  }

  #newFile(): void {
    const banner = this.#banner ? BANNER.map((line) => `${line}\n`).join("") : "";
    this.folder.append(this.#name, banner);
  }

  #rotate(): void {
    this.#note(`rotate (${this.#scheme})`);
    switch (this.#scheme) {
      case "numbers":
        return this.#rename((number) => `app.log.${number}`);
      case "numbers before the ending":
        return this.#rename((number) => `app-${number}.log`);
      case "dates":
        this.folder.rename("app.log", `app.log-${++this.#date}`);
        return this.#newFile();
      case "old":
        this.folder.rename("app.log", "app.log.old");
        return this.#newFile();
      case "copy and truncate":
        return this.#copyAndTruncate();
      case "slow copy and truncate":
        return this.#slowCopy();
      case "compressed":
        return this.#compress();
      case "link to dated files":
        return this.#relink();
    }
  }

  #rename(nameOf: (number: number) => string): void {
    for (let number = 9; number >= 1; number--) this.#shift(nameOf(number), nameOf(number + 1));
    this.folder.rename("app.log", nameOf(1));
    this.#newFile();
  }

  #shift(from: string, to: string): void {
    if (this.#exists(from)) this.folder.rename(from, to);
  }

  #copyAndTruncate(): void {
    for (let number = 9; number >= 1; number--) {
      this.#shift(`app.log.${number}`, `app.log.${number + 1}`);
    }
    Deno.copyFileSync(this.folder.file("app.log"), this.folder.file("app.log.1"));
    Deno.truncateSync(this.folder.file("app.log"));
    this.#newFile();
  }

  /** Copies half of the file; the rest and the truncation come with the next rotation. */
  #slowCopy(): void {
    if (this.#slow) return this.#finishSlowCopy();
    for (let number = 9; number >= 1; number--) {
      this.#shift(`app.log.${number}`, `app.log.${number + 1}`);
    }
    const bytes = Deno.readFileSync(this.folder.file("app.log"));
    const copied = Math.floor(bytes.length / 2);
    this.folder.append("app.log.1", bytes.subarray(0, copied));
    this.#slow = { from: "app.log", to: "app.log.1", copied };
  }

  #finishSlowCopy(): void {
    if (!this.#slow) return;
    const { from, to, copied } = this.#slow;
    this.folder.append(to, Deno.readFileSync(this.folder.file(from)).subarray(copied));
    Deno.truncateSync(this.folder.file(from));
    this.#slow = undefined;
    this.#newFile();
  }

  #compress(): void {
    for (let number = 9; number >= 1; number--) {
      this.#shift(`app.log.${number}.gz`, `app.log.${number + 1}.gz`);
    }
    this.folder.rename("app.log", "app.log.1");
    this.#newFile();
    const packed = gzipSync(Deno.readFileSync(this.folder.file("app.log.1")));
    Deno.writeFileSync(this.folder.file("app.log.1.gz"), packed);
    Deno.removeSync(this.folder.file("app.log.1"));
  }

  #relink(): void {
    const link = this.folder.file("app.log");
    const target = `data-${++this.#date}.txt`;
    if (!this.#isLink("app.log")) this.folder.rename("app.log", target);
    else Deno.removeSync(link);
    const next = `data-${++this.#date}.txt`;
    this.folder.append(next, "");
    Deno.symlinkSync(this.folder.file(next), link);
    this.#newFile();
  }

  /** A backup beside the log, under a name that may be configured. */
  #backup(): void {
    this.#note("backup");
    const name = `${BACKUP}${Math.floor(this.#random() * 3)}.log`;
    Deno.copyFileSync(this.folder.file("app.log"), this.folder.file(name));
  }

  async #pass(durationMs = READ_INTERVAL_MS): Promise<void> {
    if (!this.#running) return;
    this.#note(`pass ${durationMs}`);
    await this.folder.pass(durationMs);
  }

  async #start(): Promise<void> {
    this.#note("start");
    await this.folder.start();
    this.#running = true;
  }

  async #stop(): Promise<void> {
    if (!this.#running) return await this.#start();
    this.#note("stop");
    await this.folder.close();
    this.#running = false;
  }

  async #kill(): Promise<void> {
    if (!this.#running) return;
    this.#note("kill");
    await this.folder.stop();
    this.#running = false;
  }

  async #reload(): Promise<void> {
    if (!this.#running) return;
    this.#note("reload");
    await this.folder.reload();
  }

  async #failAppend(): Promise<void> {
    if (!this.#running) return;
    const fate = this.#random() < 0.5 ? "fail" : "crash";
    this.#note(`append: ${fate}`);
    this.folder.sink.fate = () => fate;
    this.#write();
    await this.folder.pass();
    this.folder.sink.fate = () => "take";
    await this.folder.stop();
    await this.folder.restart();
  }

  /** The queue is full while the log is written and rotated. */
  async #fillQueue(): Promise<void> {
    if (!this.#running) return;
    this.#note("full");
    this.folder.sink.pushBack();
    for (let times = 0; times < 4; times++) {
      if (this.#random() < 0.5) this.#write();
      else this.#rotate();
      await this.folder.clock.advance(READ_INTERVAL_MS);
    }
    this.#note("room");
    this.folder.sink.open();
    await this.folder.quiet();
  }

  #exists(name: string): boolean {
    try {
      return Deno.lstatSync(this.folder.file(name)) !== undefined;
    } catch {
      return false;
    }
  }

  #isLink(name: string): boolean {
    return Deno.lstatSync(this.folder.file(name)).isSymlink;
  }
}

/** Bytes that may be there twice, as the ledger names them behind the path. */
function doubtfulBytes(detail: string): number {
  return Number(/(\d+) bytes/.exec(detail)?.[1] ?? 0);
}
