/**
 * Writes, rotates, restarts and crashes at random, from a seed, and checks that every line arrives
 * once and in order.
 */

import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { randomFrom } from "../../../support/random.ts";
import { LogFolder, RELOAD_INTERVAL_MS } from "../support/log_folder.ts";

const SEEDS = [1, 2, 3, 4, 5];
const STEPS = 60;

/**
 * A program that writes numbered lines to `app.log`, in pieces that end anywhere, and rotates its
 * file.
 */
class Writer {
  readonly written: string[] = [];
  #unwritten: Uint8Array = new Uint8Array();

  constructor(readonly folder: LogFolder, readonly random: () => number) {}

  write(): void {
    for (let count = Math.floor(this.random() * 20); count >= 0; count--) {
      const line = `${this.written.length} ${"ä€😀x".repeat(Math.floor(this.random() * 9))}`;
      this.written.push(line);
      const ending = this.random() < 0.2 ? "\r\n" : "\n";
      this.#unwritten = Buffer.concat([this.#unwritten, Buffer.from(line + ending)]);
    }
    this.flush(Math.floor(this.random() * this.#unwritten.length));
  }

  flush(length = this.#unwritten.length): void {
    this.folder.append("app.log", this.#unwritten.subarray(0, length));
    this.#unwritten = this.#unwritten.subarray(length);
  }

  rename(): void {
    this.flush();
    for (let number = 6; number >= 1; number--) this.#shift(`app.log.${number}`, number + 1);
    this.#shift("app.log", 1);
    if (this.random() < 0.7) this.write();
  }

  truncate(): void {
    Deno.truncateSync(this.folder.file("app.log"));
  }

  #shift(name: string, number: number): void {
    try {
      this.folder.rename(name, `app.log.${number}`);
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
}

async function live(folder: LogFolder, seed: number): Promise<string[]> {
  const random = randomFrom(seed);
  const writer = new Writer(folder, random);
  folder.append("app.log", "");
  await folder.start();
  for (let step = 0; step < STEPS; step++) {
    const dice = random();
    if (dice < 0.45) writer.write();
    else if (dice < 0.6) writer.rename();
    else if (dice < 0.75) await folder.pass();
    else if (dice < 0.85) await restart(folder, writer, random);
    else if (dice < 0.95) await crash(folder, random);
    else await truncate(folder, writer);
  }
  writer.flush();
  await folder.pass(3 * RELOAD_INTERVAL_MS);
  return writer.written;
}

async function restart(folder: LogFolder, writer: Writer, random: () => number): Promise<void> {
  await folder.stop();
  for (let times = Math.floor(random() * 3); times > 0; times--) {
    if (random() < 0.5) writer.write();
    else writer.rename();
  }
  await folder.start();
}

/** Ends the collector in the middle of an append, before or after the group was taken. */
async function crash(folder: LogFolder, random: () => number): Promise<void> {
  const fate = random() < 0.5 ? "fail" : "crash";
  folder.sink.fate = () => fate;
  await folder.pass();
  folder.sink.fate = () => "take";
  await folder.stop();
  await folder.start();
}

/** Truncates a file of which everything has been read. */
async function truncate(folder: LogFolder, writer: Writer): Promise<void> {
  writer.flush();
  await folder.pass();
  await folder.pass();
  writer.truncate();
}

for (const location of ["app.log", "app.log*"]) {
  Deno.test(`Logcollector hands over every line once and in order, whatever happens (${location})`, async () => {
    for (const seed of SEEDS) {
      await using folder: LogFolder = new LogFolder({
        startAt: "beginning",
        maxLineBytes: 200,
        blockBytes: 400,
        get localfiles() {
          return [{ location: folder.file(location) }];
        },
      });
      const written = await live(folder, seed);
      assert.deepEqual(folder.sink.lines, written, `seed ${seed}`);
      const lost = folder.sink.losses.filter(({ bytes, events }) => bytes + events > 0);
      assert.deepEqual(lost, [], `seed ${seed}`);
    }
  });
}
