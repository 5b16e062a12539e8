/**
 * A program that writes and rotates its log while the collector is between any two of its steps.
 *
 * @module
 */

import type { CollectionLoss } from "../../../src/shared/protocol/stored_events.ts";
import { LogFolder, RELOAD_INTERVAL_MS } from "../../agent/modules/support/log_folder.ts";
import { randomFrom } from "../../support/random.ts";
import { numberedLine, readNumberedLine } from "../driver/numbered_line.ts";
import { type Rotation, ROTATIONS } from "../driver/rotations.ts";
import { betweenSteps } from "./between_steps.ts";

/** Rotations that nobody may have seen at a time: fewer than old files are kept. */
const MOST_ROTATIONS = 6;

/** Times at which the world acts between the steps of one round: what it writes makes more steps, which might never end. */
const MOST_ACTS = 400;

/** Each call by which a rotation changes the folder. One that is left out would overtake those that are put off. */
const CHANGES = [
  "renameSync",
  "removeSync",
  "copyFileSync",
  "truncateSync",
  "symlinkSync",
  "writeTextFileSync",
] as const;

/** How much happens. */
export interface BusyOptions {
  rotation: string;
  seed: number;
  /** Rounds of trouble; everything is read after each. */
  rounds: number;
  /** How often the world acts at a step, in [0, 1]. */
  density: number;
  /** How often the file system's clock ticks at a step, in [0, 1], as on a machine that is busy. @default 0 */
  ticks?: number;
  /** How often the agent is stopped in order rather than killed, in [0, 1]. @default 0 */
  stops?: number;
}

/** The coarsest that times of files are on Linux, and a little more. */
const TICK_MS = 5;

/** Writes, rotates and kills. */
export class BusyWorld {
  readonly folder: LogFolder;
  /** What happened, for whoever has to find out why. */
  readonly steps: string[] = [];
  readonly #options: BusyOptions;
  readonly #random: () => number;
  readonly #scheme: Rotation;
  #written = 0;
  #rotations = 0;
  #rotationsLeft = 0;
  #actsLeft = 0;
  /** What is left to do of a rotation. */
  #unfinished: (() => void)[] = [];

  constructor(options: BusyOptions) {
    const scheme = ROTATIONS[options.rotation];
    if (!scheme) throw new RangeError(`No rotation "${options.rotation}"`);
    this.#options = options;
    this.#random = randomFrom(options.seed);
    this.#scheme = scheme;
    const folder: LogFolder = new LogFolder({
      startAt: "beginning",
      blockBytes: 800,
      maxLineBytes: 400,
      get localfiles() {
        return [{ location: folder.file(scheme.follow) }];
      },
    });
    this.folder = folder;
    if (scheme.file) Deno.symlinkSync(scheme.file(0), folder.file("app.log"));
    // A backup of less may be equal by chance: it is read, which the ledger says.
    this.#write(options.rotation === "backed_up" ? 3 : 0);
  }

  /** Lives through every round. */
  async live(): Promise<void> {
    const { rounds } = this.#options;
    await this.folder.start();
    for (let round = 0; round < rounds; round++) {
      this.#rotationsLeft = MOST_ROTATIONS;
      this.#actsLeft = MOST_ACTS;
      {
        using _acting = betweenSteps(() => this.#step());
        await this.#trouble();
      }
      this.folder.sink.fate = () => "take";
      await this.#revive();
      this.#finish();
      await this.folder.pass(3 * RELOAD_INTERVAL_MS);
      this.#note("calm");
    }
  }

  /** What breaks the promise, in words; nothing when it was kept. */
  verdict(): string[] {
    const numbers = this.folder.sink.lines.map((line) => readNumberedLine(line)?.number ?? 0);
    const arrived = new Set(numbers);
    const missing = Array.from({ length: this.#written }, (_, index) => index + 1)
      .filter((number) => !arrived.has(number));
    const doubled = numbers.filter((number, index) => numbers.indexOf(number) < index);
    return [
      ...(missing.length > 0 ? [`lost ${missing}`] : []),
      ...(doubled.length > 0 ? [`doubled ${doubled}`] : []),
      ...(arrived.has(0) ? ["something arrived that is no line"] : []),
      ...this.#losses().map(({ reason, detail, bytes }) =>
        `in the ledger: ${reason} (${detail}, ${bytes} bytes)`
      ),
    ];
  }

  /** Within a tick of the file system's clock it is not known which of two files was there first. */
  #losses(): CollectionLoss[] {
    return this.folder.sink.losses.filter(({ reason, bytes }) =>
      bytes > 0 || !reason.startsWith("log rotated more than once")
    );
  }

  #step(): void {
    const { density, ticks = 0 } = this.#options;
    if (this.#actsLeft === 0) return;
    if (ticks > 0 && this.#random() < ticks) waitFor(TICK_MS);
    if (this.#random() >= density) return;
    this.#actsLeft--;
    this.#act();
  }

  async #trouble(): Promise<void> {
    for (let turn = 0; turn < 6; turn++) {
      const dice = this.#random();
      if (dice < 0.15) await this.#kill();
      else if (dice < 0.2) await this.#failAndGoOn();
      else if (dice < 0.25) await this.#reload();
      else if (dice < 0.35) this.#act();
      else if (dice < 0.45) await this.#fillQueue();
      else await this.folder.pass(dice < 0.9 ? undefined : RELOAD_INTERVAL_MS);
    }
  }

  async #kill(): Promise<void> {
    const fate = this.#random() < 0.5 ? "fail" : "crash";
    this.#note(`killed at a commit: ${fate}`);
    this.folder.sink.fate = () => fate;
    await this.folder.pass();
    this.folder.sink.fate = () => "take";
    await this.#revive();
  }

  /** An append fails; the same collector runs again. */
  async #failAndGoOn(): Promise<void> {
    this.#note("an append fails");
    this.folder.sink.fate = () => "fail";
    await this.folder.pass();
    this.folder.sink.fate = () => "take";
    await this.folder.stop();
    if (this.#random() < 0.5) this.#act();
    this.#note("the same runs again");
    await this.folder.restart();
  }

  /** Another collector takes over what the one before holds. */
  async #reload(): Promise<void> {
    this.#note("reload");
    await this.folder.reload();
  }

  /** A new process: nothing is left but what was committed. */
  async #revive(): Promise<void> {
    const { stops = 0 } = this.#options;
    if (stops > 0 && this.#random() < stops) await this.#close();
    else await this.folder.stop();
    for (let times = 0; times < 3; times++) if (this.#random() < 0.5) this.#act();
    this.#note("start");
    await this.folder.start();
  }

  /** Reads what no name leads to any more. */
  async #close(): Promise<void> {
    this.#note("close");
    await this.folder.close();
  }

  async #fillQueue(): Promise<void> {
    this.#note("full");
    this.folder.sink.pushBack();
    await this.folder.clock.advance(RELOAD_INTERVAL_MS);
    for (let times = 0; times < 4; times++) if (this.#random() < 0.7) this.#act();
    this.#note("room");
    this.folder.sink.open();
    await this.folder.quiet();
  }

  #act(): void {
    const next = this.#unfinished.shift();
    if (next) return next();
    const dice = this.#random();
    this.#write(1 + Math.floor(this.#random() * 4));
    if (dice < 0.5 || this.#rotationsLeft === 0) return;
    this.#rotate();
    if (dice < 0.8 || this.#rotationsLeft === 0 || this.#unfinished.length > 0) return;
    this.#write(1);
    this.#rotate();
  }

  #rotate(): void {
    this.#note("rotate");
    this.#rotationsLeft--;
    const change = () => this.#scheme.rotate(this.folder.path, this.#rotations++);
    // What it compresses it has to read now.
    if (this.#options.rotation.startsWith("compressed")) change();
    else this.#unfinished = stepsOf(change);
    this.#unfinished.push(() => this.#write(0));
    if (this.#random() < 0.5) this.#finish();
  }

  /** Nobody writes while it rotates: what was written to a file that is truncated would be gone. */
  #finish(): void {
    for (const step of this.#unfinished.splice(0)) step();
  }

  #write(lines: number): void {
    if (lines > 0) this.#note(`write ${this.#written + 1}+${lines}`);
    let text = "";
    for (let line = 0; line < lines; line++) text += numberedLine("s", ++this.#written);
    this.folder.append(this.#scheme.file?.(this.#rotations) ?? "app.log", text);
  }

  #note(step: string): void {
    this.steps.push(step);
  }
}

/** The steps in the file system that `change` would take, to be taken one after the other. */
function stepsOf(change: () => void): (() => void)[] {
  const steps: (() => void)[] = [];
  using restore = new DisposableStack();
  for (const name of CHANGES) {
    const original = Deno[name] as (...args: unknown[]) => void;
    const putOff = (...args: unknown[]) => void steps.push(() => ifThere(() => original(...args)));
    Object.assign(Deno, { [name]: putOff });
    restore.defer(() => Object.assign(Deno, { [name]: original }));
  }
  Deno.copyFileSync = (from, to) => void steps.push(...stepsOfCopy(from, to));
  change();
  return steps;
}

/** A copy is there before it is whole. */
function stepsOfCopy(from: string | URL, to: string | URL): (() => void)[] {
  const first = (share: number) => () =>
    ifThere(() => {
      const bytes = Deno.readFileSync(from);
      Deno.writeFileSync(to, bytes.subarray(0, bytes.length * share));
    });
  return [first(0), first(0.4), first(1)];
}

function waitFor(durationMs: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, durationMs);
}

function ifThere(act: () => void): void {
  try {
    act();
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}
