/**
 * Writes events of several lines, rotates, restarts and crashes at random, from a seed, and checks
 * that every event arrives once, whole and in the order of its stream.
 */

import assert from "node:assert/strict";
import { randomFrom } from "../../../../support/random.ts";
import { LogFolder, RELOAD_INTERVAL_MS, REST_IDLE_MS } from "../../support/log_folder.ts";
import type { LocalfileOptions } from "../../../../../src/agent/modules/logcollector/formats/source_options.ts";

const SEEDS = [1];
const STEPS = 40;
/** Longer than any test: what is written in pieces must not be given in pieces. */
const NEVER_MS = 1e12;
const LIMITS = { max_bytes: 400, timeout: NEVER_MS };

/** What a program wrote, and how it stands in its file. */
class Program {
  /** The events of each stream. */
  readonly events: Record<string, string[]> = {};
  #lines: string[] = [];
  #count = 0;

  constructor(
    readonly folder: LogFolder,
    readonly random: () => number,
    readonly streams: readonly string[],
    /** The lines of the file that a line of an event is. */
    readonly wrap: (line: string, stream: string, random: () => number) => string[],
  ) {}

  /** Writes events, those of different streams mixed; some lines stay unwritten for now. */
  write(): void {
    for (let count = this.#pick(4); count >= 0; count--) {
      const queues = this.streams.map((stream) => this.#event(stream));
      while (queues.some((lines) => lines.length > 0)) {
        this.#lines.push(...queues[this.#pick(queues.length)]?.splice(0, 1) ?? []);
      }
    }
    this.flush(this.#pick(this.#lines.length + 1));
  }

  /** Writes whole lines; the last one perhaps in two pieces. */
  flush(count = this.#lines.length): void {
    const text = this.#lines.splice(0, count).map((line) => `${line}\n`).join("");
    const cut = this.#pick(text.length);
    this.folder.append("app.log", text.slice(0, cut));
    this.folder.append("app.log", text.slice(cut));
  }

  /** Renames the file wherever the program stands, as container runtimes do. */
  rotate(): void {
    for (let number = 8; number >= 1; number--) this.#shift(`app.log.${number}`, number + 1);
    this.#shift("app.log", 1);
    this.folder.append("app.log", "");
  }

  #event(stream: string): string[] {
    const lines = [`#${this.#count++} ${"ä€x".repeat(this.#pick(5))}`];
    for (let more = this.#pick(4); more > 0; more--) lines.push(`  at ${this.#pick(1000)}`);
    (this.events[stream] ??= []).push(lines.join("\n"));
    return lines.flatMap((line) => this.wrap(line, stream, this.random));
  }

  #shift(name: string, number: number): void {
    try {
      this.folder.rename(name, `app.log.${number}`);
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }

  #pick(below: number): number {
    return Math.floor(this.random() * below);
  }
}

async function live(folder: LogFolder, program: Program): Promise<void> {
  const { random } = program;
  folder.append("app.log", "");
  await folder.start();
  for (let step = 0; step < STEPS; step++) {
    const dice = random();
    if (dice < 0.5) program.write();
    else if (dice < 0.65) program.rotate();
    else if (dice < 0.8) await folder.pass(random() < 0.5 ? undefined : 2 * REST_IDLE_MS);
    else if (dice < 0.9) await restart(folder, program);
    else await crash(folder, random);
  }
  program.flush();
  // The last event of each stream is closed by what follows it.
  program.write();
  program.flush();
  await folder.pass(6 * RELOAD_INTERVAL_MS);
}

async function restart(folder: LogFolder, program: Program): Promise<void> {
  await folder.stop();
  if (program.random() < 0.5) program.write();
  if (program.random() < 0.5) program.rotate();
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

/** A line as containerd writes it, cut into parts at random. */
function cri(line: string, stream: string, random: () => number): string[] {
  const cut = random() < 0.3 ? Math.floor(random() * line.length) : 0;
  const head = `2026-11-26T00:57:01.123456789Z ${stream}`;
  const last = `${head} F ${line.slice(cut)}`;
  return cut > 0 ? [`${head} P ${line.slice(0, cut)}`, last] : [last];
}

/** The same as an object of Docker's. */
function docker(line: string, stream: string, random: () => number): string[] {
  const cut = random() < 0.3 ? Math.floor(random() * line.length) : 0;
  const parts = cut > 0 ? [line.slice(0, cut), `${line.slice(cut)}\n`] : [`${line}\n`];
  return parts.map((log) => JSON.stringify({ log, stream, time: "2026-11-26T00:57:01Z" }));
}

interface Kind {
  name: string;
  options: Partial<LocalfileOptions>;
  streams: string[];
  wrap: Program["wrap"];
}

const KINDS: Kind[] = [
  {
    name: "start",
    options: { multiline: { start: "^#", ...LIMITS } },
    streams: [""],
    wrap: (line) => [line],
  },
  {
    name: "continue",
    options: { multiline: { continue: "^\\s", ...LIMITS } },
    streams: [""],
    wrap: (line) => [line],
  },
  {
    name: "start, two streams in the form of CRI",
    options: { format: "cri", multiline: { start: "^#", ...LIMITS } },
    streams: ["stdout", "stderr"],
    wrap: cri,
  },
  {
    name: "start, two streams in the form of Docker",
    options: { format: "docker", multiline: { start: "^#", ...LIMITS, max_bytes: 1_200 } },
    streams: ["stdout", "stderr"],
    wrap: docker,
  },
];

for (const { name, options, streams, wrap } of KINDS) {
  for (const location of ["app.log", "app.log*"]) {
    Deno.test(`events of several lines arrive once and whole, whatever happens (${name}; ${location})`, async () => {
      for (const seed of SEEDS) {
        await using folder: LogFolder = new LogFolder({
          startAt: "beginning",
          maxLineBytes: 300,
          blockBytes: 400,
          get localfiles() {
            return [{ location: folder.file(location), ...options }];
          },
        });
        const program = new Program(folder, randomFrom(seed), streams, wrap);
        await live(folder, program);
        const arrived = Object.groupBy(folder.sink.events, streamOf);
        for (const [stream, events] of Object.entries(program.events)) {
          const texts = arrived[stream]?.map(({ data }) => data.event.original) ?? [];
          // The last one waits for its end.
          assert.deepEqual(texts, events.slice(0, -1), `seed ${seed}, ${stream}`);
        }
        const lost = folder.sink.losses.filter(({ bytes, events }) => bytes + events > 0);
        assert.deepEqual(lost, [], `seed ${seed}`);
      }
    });
  }
}

function streamOf({ data: { log } }: { data: { log: { iostream?: string } } }): string {
  return log.iostream ?? "";
}
