/**
 * A program that writes events of several lines in one of the forms that logs have, and rotates its
 * file wherever it stands.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { join } from "node:path";

/** How a kind of log is written and read. */
export interface MixedKind {
  name: string;
  /** Options of its location, as YAML. */
  options: string;
  streams: readonly string[];
  /** Most lines of an event. */
  mostLines: number;
  /** The lines of the file that a line of an event is. */
  wrap(line: string, stream: string): string[];
  encode(text: string): Uint8Array;
  /** What a new file begins with. */
  mark?: Uint8Array;
}

const UNTIL_NEXT = "multiline: { start: '^#', timeout: 1h }";
const utf8 = (text: string) => Buffer.from(text);
const plain = { streams: [""], wrap: (line: string) => [line], encode: utf8 };

/** All kinds. */
export const KINDS: readonly MixedKind[] = [
  { ...plain, name: "line", mostLines: 1, options: "format: line" },
  { ...plain, name: "json", mostLines: 1, options: "format: json", wrap: (text) => [jsonOf(text)] },
  { ...plain, name: "java", mostLines: 6, options: UNTIL_NEXT },
  {
    ...plain,
    name: "wide",
    mostLines: 4,
    options: UNTIL_NEXT,
    encode: (text) => Buffer.from(text, "utf16le"),
    mark: Uint8Array.of(0xff, 0xfe),
  },
  {
    ...plain,
    name: "cri",
    mostLines: 5,
    options: `format: cri, ${UNTIL_NEXT}`,
    streams: ["stdout", "stderr"],
    wrap: criOf,
  },
  {
    ...plain,
    name: "docker",
    mostLines: 5,
    options: `format: docker, ${UNTIL_NEXT}, redact: [cards]`,
    streams: ["stdout", "stderr"],
    wrap: dockerOf,
  },
];

/** The text of an event, the same at each call. */
export function textOf(kind: MixedKind, stream: string, number: number): string {
  const more = number * 7919 % kind.mostLines;
  const lines = Array.from({ length: more }, (_, line) => `  at ä€ ${number}.${line}`);
  return [`#${kind.name}/${stream}/${number} ${"x".repeat(number % 90)}`, ...lines].join("\n");
}

/** What `event.original` is of it. */
export function originalOf(kind: MixedKind, stream: string, number: number): string {
  const text = textOf(kind, stream, number);
  return kind.name === "json" ? jsonOf(text) : text;
}

/** The kind, stream and number of the event that has this text; `undefined` for a piece of one. */
export function readOriginal(text: string): { source: string; number: number } | undefined {
  const [, source, number] = /^(?:\{"msg":")?#(\w+\/\w*)\/(\d+) /.exec(text) ?? [];
  return source === undefined ? undefined : { source, number: Number(number) };
}

/** Writes one log. */
export class MixedLog {
  readonly kind: MixedKind;
  readonly #folder: string;
  readonly #random: () => number;
  #lines: string[] = [];
  #unwritten: Uint8Array = new Uint8Array();
  /** Events begun, of each stream. */
  events = 0;

  constructor(kind: MixedKind, folder: string, random: () => number) {
    this.kind = kind;
    this.#folder = join(folder, kind.name);
    this.#random = random;
    Deno.mkdirSync(this.#folder, { recursive: true });
    this.#begin();
  }

  /** The log's file. */
  get path(): string {
    return join(this.#folder, "app.log");
  }

  /** Writes about `count` events of each stream, those of the streams mixed; the last lines stay for later. */
  write(count: number): void {
    for (let left = count; left > 0; left--) {
      const queues = this.kind.streams.map((stream) => this.#event(stream));
      this.events++;
      while (queues.some((lines) => lines.length > 0)) {
        this.#lines.push(...queues[this.#pick(queues.length)]?.splice(0, 1) ?? []);
      }
    }
    const lines = this.#lines.splice(0, this.#pick(this.#lines.length + 1));
    this.#append(lines, this.#random());
  }

  /** Writes all that is left. */
  finish(): void {
    this.#append(this.#lines.splice(0), 1);
  }

  /** Renames the file between two lines, be it within an event. */
  rotate(): void {
    this.#append([], 1);
    const names = [...Deno.readDirSync(this.#folder)].length;
    for (let number = names; number > 1; number--) {
      Deno.renameSync(`${this.path}.${number - 1}`, `${this.path}.${number}`);
    }
    Deno.renameSync(this.path, `${this.path}.1`);
    this.#begin();
  }

  #begin(): void {
    Deno.writeFileSync(this.path, this.kind.mark ?? new Uint8Array(), { append: true });
  }

  #event(stream: string): string[] {
    const text = textOf(this.kind, stream, this.events);
    return text.split("\n").flatMap((line) => this.kind.wrap(line, stream));
  }

  /** Appends lines, and of what is unwritten then this share of its bytes. */
  #append(lines: readonly string[], share: number): void {
    const bytes = this.kind.encode(lines.map((line) => `${line}\n`).join(""));
    const all = Buffer.concat([this.#unwritten, bytes]);
    const cut = Math.round(all.length * share);
    Deno.writeFileSync(this.path, all.subarray(0, cut), { append: true });
    this.#unwritten = all.subarray(cut);
  }

  #pick(below: number): number {
    return Math.floor(this.#random() * below);
  }
}

function jsonOf(text: string): string {
  return JSON.stringify({ msg: text, level: "info" });
}

/** Every third line in two parts. */
function criOf(line: string, stream: string): string[] {
  const head = `2026-11-26T00:57:01.123456789Z ${stream}`;
  if (line.length % 3 > 0) return [`${head} F ${line}`];
  return [`${head} P ${line.slice(0, 2)}`, `${head} F ${line.slice(2)}`];
}

function dockerOf(line: string, stream: string): string[] {
  const parts = line.length % 3 > 0 ? [`${line}\n`] : [line.slice(0, 2), `${line.slice(2)}\n`];
  return parts.map((log) => JSON.stringify({ log, stream, time: "2026-11-26T00:57:01Z" }));
}
