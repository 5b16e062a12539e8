/**
 * An event whose end was not seen yet.
 *
 * @module
 */

import type { Members, SourceEvent, Unwrapped } from "./stages.ts";

/** Place of a line in its file, the newline included. */
export interface Part {
  start: number;
  end: number;
}

/** One line of a file. */
export interface SourceLine extends Unwrapped, Part {
  /** Bytes at its end that are not in `text`. */
  cutBytes: number;
  isValid: boolean;
  flags: readonly string[];
}

/** Lines of an event in another file of the same log, which was rotated within it. */
interface Origin {
  /** Whatever stands for the file. */
  file: object;
  parts: readonly Part[];
}

/** Gathers the lines of one event. */
export class OpenEvent {
  readonly lines: string[] = [];
  /** In the file that is being read. */
  readonly parts: Part[] = [];
  readonly origins: Origin[] = [];
  readonly flags: Set<string>;
  #sums = { lines: 0, bytes: 0, cutBytes: 0, cutLines: 0, invalidLines: 0 };
  #isMidLine = false;
  #members: Members = {};

  constructor(flags: Iterable<string>) {
    this.flags = new Set(flags);
  }

  /** True while its last line goes on. */
  get isMidLine(): boolean {
    return this.#isMidLine;
  }

  /** Of the files, so far. */
  get bytes(): number {
    return this.#sums.bytes;
  }

  /** Where it begins in the file that is being read; `undefined` when it has nothing there. */
  get start(): number | undefined {
    return this.parts[0]?.start;
  }

  /** Where it ends in that file, as far as it goes; 0 when it has nothing there. */
  get end(): number {
    return this.parts.at(-1)?.end ?? 0;
  }

  /** Takes its next line, or a part of one. */
  add({ start, end, text, partial = false, flags, members, cutBytes, isValid }: SourceLine): void {
    // The first line says when it was.
    if (this.#sums.lines === 0 && members) this.#members = members;
    if (this.#isMidLine) this.lines.push((this.lines.pop() ?? "") + text);
    else this.lines.push(text);
    this.parts.push({ start, end });
    this.#sums.lines++;
    this.#sums.bytes += end - start;
    this.#sums.cutBytes += cutBytes;
    if (cutBytes > 0) this.#sums.cutLines++;
    if (!isValid) this.#sums.invalidLines++;
    this.#isMidLine = partial;
    for (const flag of flags) this.flags.add(flag);
  }

  /** What is known of it when the next file of its log is read; `file` is the one read before. */
  carried(file: object): OpenEvent {
    const copy = this.copy();
    if (copy.parts.length > 0) copy.origins.push({ file, parts: copy.parts.splice(0) });
    return copy;
  }

  /** Another one with the same lines. */
  copy(): OpenEvent {
    const copy = new OpenEvent(this.flags);
    copy.lines.push(...this.lines);
    copy.parts.push(...this.parts);
    copy.origins.push(...this.origins);
    copy.#sums = { ...this.#sums };
    copy.#isMidLine = this.#isMidLine;
    copy.#members = this.#members;
    return copy;
  }

  /** The event. */
  finish(): SourceEvent {
    const lines = [...this.lines];
    while (lines.length > 1 && lines.at(-1)?.trim() === "") lines.pop();
    const text = lines.join("\n");
    return { text, ...this.#sums, flags: [...this.flags], members: this.#members };
  }
}

/** The event that one whole line is. */
export function eventOf(line: SourceLine): SourceEvent {
  const { start, end, text, flags, members = {}, cutBytes, isValid } = line;
  const counts = { cutBytes, cutLines: cutBytes > 0 ? 1 : 0, invalidLines: isValid ? 0 : 1 };
  return { text, lines: 1, bytes: end - start, ...counts, flags, members };
}

/** Open events by their streams, the oldest first. */
export type OpenEvents = ReadonlyMap<string, OpenEvent>;
