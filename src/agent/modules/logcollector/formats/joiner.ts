/**
 * Joins the lines of a block to events.
 *
 * An event may be open when the block ends. Then the position stays before its first line, and the
 * next block brings its lines again. Where several streams are mixed in one file (CRI, Docker),
 * lines of others may stand behind that position and be done with: they are kept as ranges.
 *
 * @module
 */

import type { ByteRange } from "../split_result.ts";
import type { JoinRule, Members, SourceEvent, Unwrapped } from "./stages.ts";

/** Ranges that a position may carry; beyond, the oldest open event is given as far as it goes. */
const MOST_RANGES = 64;

/** One line of a file. */
interface SourceLine extends Unwrapped {
  /** Place in the file, its newline included. */
  start: number;
  end: number;
  /** Bytes at its end that are not in `text`. */
  cutBytes: number;
  isValid: boolean;
  flags: readonly string[];
}

/** An event that is not finished. */
interface OpenEvent {
  lines: string[];
  parts: { start: number; end: number }[];
  sums: Pick<SourceEvent, "bytes" | "cutBytes" | "cutLines" | "invalidLines">;
  /** True while its last line goes on. */
  isMidLine: boolean;
  flags: Set<string>;
  members: Members;
}

/** Every line is an event. */
const ALONE: JoinRule = {
  goesOn: () => false,
  isOver: () => true,
  mayBegin: () => true,
  maxLines: 1,
};

/** Joins lines, in the order of the file. */
export class Joiner {
  readonly #rule: JoinRule;
  readonly #maxBytes: number;
  readonly #give: (event: SourceEvent) => void;
  readonly #open = new Map<string, OpenEvent>();
  /** Lines done with, in the order of the file, those that follow each other as one. */
  #done: readonly ByteRange[];
  #isNews = false;

  /** @param rule how complete lines are joined; parts of lines are joined always */
  constructor(
    rule: JoinRule | undefined,
    { maxBytes, done, give }: {
      maxBytes: number;
      done: readonly ByteRange[];
      give: (event: SourceEvent) => void;
    },
  ) {
    this.#rule = rule ?? ALONE;
    this.#maxBytes = maxBytes;
    this.#done = done;
    this.#give = give;
  }

  /** True when something is done with that was not before. */
  get isNews(): boolean {
    return this.#isNews;
  }

  /** True for a line that was taken before. */
  isDone(start: number): boolean {
    return this.#done.some(([from, to]) => from <= start && start < to);
  }

  /** Takes the next line. */
  take(line: SourceLine): void {
    const stream = line.stream ?? "";
    const open = this.#open.get(stream);
    const goesOn = open && (open.isMidLine || this.#rule.goesOn(open.lines, line.text));
    const isCut = open && goesOn && this.#isFull(open, line);
    if (isCut) this.#cut(stream, open);
    else if (open && !goesOn) this.#close(stream, open);
    const event = this.#open.get(stream) ?? this.#begin(stream, line, isCut ?? false);
    add(event, line);
    if (!event.isMidLine && this.#rule.isOver(event.lines)) this.#close(stream, event);
  }

  /** A line that is no part of any event. */
  skip({ start, end }: { start: number; end: number }): void {
    this.#finish([{ start, end }]);
  }

  /** Closes open events that `choose` says yes to, oldest first. */
  closeOpen(choose: (start: number, end: number) => boolean): void {
    for (const [stream, open] of this.#open) {
      const { start, end } = extentOf(open);
      if (!choose(start, end)) continue;
      if (open.isMidLine) open.flags.add("unfinished");
      this.#close(stream, open);
    }
  }

  /** Gives the oldest open event as far as it goes. False when there is none. */
  cutOldest(): boolean {
    const [oldest] = this.#open;
    if (oldest === undefined) return false;
    this.#cut(...oldest);
    return true;
  }

  /** Where open events begin and end, oldest first. */
  get open(): { start: number; end: number }[] {
    return [...this.#open.values()].map(extentOf);
  }

  /** Where to go on when everything before `end` has been looked at. */
  position(end: number): { offset: number; done: ByteRange[] } {
    while (this.#done.length > MOST_RANGES && this.cutOldest());
    const offset = Math.min(end, ...this.open.map(({ start }) => start));
    const done = this.#done.filter(([, to]) => to > offset);
    return { offset, done };
  }

  /** Blank lines are held only within an event that may go on. */
  holds(stream: string | undefined): boolean {
    return this.#open.has(stream ?? "");
  }

  #isFull({ lines, sums, isMidLine }: OpenEvent, line: SourceLine): boolean {
    const isLong = sums.bytes + line.end - line.start > this.#maxBytes;
    return isLong || (!isMidLine && lines.length >= this.#rule.maxLines);
  }

  #begin(stream: string, line: SourceLine, wasCut: boolean): OpenEvent {
    const continues = wasCut || !this.#rule.mayBegin(line.text);
    const event: OpenEvent = {
      lines: [],
      parts: [],
      sums: { bytes: 0, cutBytes: 0, cutLines: 0, invalidLines: 0 },
      isMidLine: false,
      flags: new Set(continues ? ["continuation"] : []),
      members: {},
    };
    this.#open.set(stream, event);
    return event;
  }

  #cut(stream: string, open: OpenEvent): void {
    open.flags.add("unfinished");
    this.#close(stream, open);
  }

  #close(stream: string, { lines, parts, sums, flags, members }: OpenEvent): void {
    this.#open.delete(stream);
    this.#finish(parts);
    while (lines.length > 1 && lines.at(-1)?.trim() === "") lines.pop();
    const text = lines.join("\n");
    this.#give({ text, lines: parts.length, ...sums, flags: [...flags], members });
  }

  #finish(parts: readonly { start: number; end: number }[]): void {
    const ranges = [...this.#done, ...parts.map(({ start, end }): ByteRange => [start, end])];
    const last = this.#done.at(-1);
    if (last && parts[0] && parts[0].start < last[1]) ranges.sort(([a], [b]) => a - b);
    this.#done = together(ranges);
    this.#isNews = true;
  }
}

function add(event: OpenEvent, line: SourceLine): void {
  const { start, end, text, partial = false, flags, members, cutBytes, isValid } = line;
  if (event.isMidLine) event.lines.push((event.lines.pop() ?? "") + text);
  else event.lines.push(text);
  event.parts.push({ start, end });
  event.sums.bytes += end - start;
  event.sums.cutBytes += cutBytes;
  if (cutBytes > 0) event.sums.cutLines++;
  if (!isValid) event.sums.invalidLines++;
  event.isMidLine = partial;
  for (const flag of flags) event.flags.add(flag);
  // The first line says when it was.
  if (event.parts.length === 1 && members) event.members = members;
}

function extentOf({ parts }: OpenEvent): { start: number; end: number } {
  return { start: parts[0]?.start ?? 0, end: parts.at(-1)?.end ?? 0 };
}

/** Ranges that touch become one. */
function together(ranges: readonly ByteRange[]): ByteRange[] {
  const joined: ByteRange[] = [];
  for (const [from, to] of ranges) {
    const last = joined.at(-1);
    if (last && last[1] === from) last[1] = to;
    else joined.push([from, to]);
  }
  return joined;
}
