/**
 * Joins the lines of a block to events.
 *
 * An event may be open when the block ends. Then the position stays before its first line, and the
 * next block brings its lines again. Where several streams are mixed in one file (CRI, Docker),
 * lines of others may stand behind that position and be done with: they are kept as ranges.
 *
 * @module
 */

import type { ByteRange } from "../lines/split_result.ts";
import { eventOf, OpenEvent, type OpenEvents, type Part, type SourceLine } from "./open_event.ts";
import type { JoinRule, SourceEvent } from "./stages.ts";

/** Ranges that a position may carry; beyond, the oldest open event is given as far as it goes. */
const MOST_RANGES = 64;

/** Every line is an event. */
const ALONE: JoinRule = {
  goesOn: () => false,
  isOver: () => true,
  mayBegin: () => true,
  maxLines: 1,
};

/** What joining begins with. */
interface JoinerSetup {
  maxBytes: number;
  done: readonly ByteRange[];
  /** Streams whose first line goes on with an event that was cut. */
  cut: readonly string[];
  /** Events that were open where the file before this one ended. */
  carried?: OpenEvents | undefined;
  give: (event: SourceEvent) => void;
}

/** Joins lines, in the order of the file. */
export class Joiner {
  readonly #rule: JoinRule;
  readonly #maxBytes: number;
  readonly #give: (event: SourceEvent) => void;
  readonly #open = new Map<string, OpenEvent>();
  /** Lines done with, in the order of the file, those that follow each other as one. */
  readonly #done: ByteRange[];
  readonly #cutStreams: Set<string>;
  #isNews = false;

  /** @param rule how complete lines are joined; parts of lines are joined always */
  constructor(rule: JoinRule | undefined, setup: JoinerSetup) {
    const { maxBytes, done, cut, carried, give } = setup;
    this.#cutStreams = new Set(cut);
    this.#rule = rule ?? ALONE;
    this.#maxBytes = maxBytes;
    this.#done = done.map(([from, to]) => [from, to]);
    this.#give = give;
    for (const [stream, event] of carried ?? []) this.#open.set(stream, event.copy());
  }

  /** True when something is done with that was not before. */
  get isNews(): boolean {
    return this.#isNews;
  }

  /** Events that have no end yet. */
  get open(): OpenEvents {
    return this.#open;
  }

  /** True for a line that was taken before. */
  isDone(start: number): boolean {
    return this.#done.some(([from, to]) => from <= start && start < to);
  }

  /** Takes the next line. False for a blank one that is no part of any event. */
  take(line: SourceLine): boolean {
    const stream = line.stream ?? "";
    const open = this.#open.get(stream);
    if (!open && this.#rule === ALONE && this.#takeAlone(stream, line)) return true;
    const goesOn = open && (open.isMidLine || this.#rule.goesOn(open.lines, line.text));
    const isCut = open && goesOn && this.#isFull(open, line);
    if (isCut) this.#cut(stream, open);
    else if (open && !goesOn) this.#close(stream, open);
    if (isCut) this.#cutStreams.add(stream);
    const isBlank = line.text === "" && !line.partial && !this.#open.has(stream);
    if (isBlank) this.#finish([line]);
    else this.#add(stream, line);
    return !isBlank;
  }

  /** The way of most lines: an event by itself. */
  #takeAlone(stream: string, line: SourceLine): boolean {
    if (line.partial || line.text === "" || this.#cutStreams.has(stream)) return false;
    this.#finish([line]);
    this.#give(eventOf(line));
    return true;
  }

  #add(stream: string, line: SourceLine): void {
    const event = this.#open.get(stream) ?? this.#begin(stream, line);
    event.add(line);
    if (!event.isMidLine && this.#rule.isOver(event.lines)) this.#close(stream, event);
  }

  /** Closes the open events that `choose` says yes to, oldest first. */
  closeOpen(choose: (event: OpenEvent) => boolean): void {
    for (const [stream, open] of this.#open) {
      if (!choose(open)) continue;
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

  /** Where to go on when everything before `end` has been looked at. */
  position(end: number): { offset: number; done: ByteRange[]; cut: string[] } {
    while (this.#done.length > MOST_RANGES && this.cutOldest());
    const offset = Math.min(end, ...[...this.#open.values()].map(({ start = end }) => start));
    const done = this.#done.filter(([, to]) => to > offset && offset < end);
    const open = [...this.#open].filter(([, { flags }]) => flags.has("continuation"));
    return {
      offset,
      done,
      cut: [...new Set([...open.map(([stream]) => stream), ...this.#cutStreams])],
    };
  }

  #isFull({ lines, bytes, isMidLine }: OpenEvent, line: SourceLine): boolean {
    const isLong = bytes + line.end - line.start > this.#maxBytes;
    return isLong || (!isMidLine && lines.length >= this.#rule.maxLines);
  }

  #begin(stream: string, line: SourceLine): OpenEvent {
    const continues = this.#cutStreams.delete(stream) || !this.#rule.mayBegin(line.text);
    const event = new OpenEvent(continues ? ["continuation"] : []);
    this.#open.set(stream, event);
    return event;
  }

  #cut(stream: string, open: OpenEvent): void {
    open.flags.add("unfinished");
    this.#close(stream, open);
  }

  #close(stream: string, open: OpenEvent): void {
    this.#open.delete(stream);
    this.#finish(open.parts);
    this.#give(open.finish());
  }

  #finish(parts: readonly Part[]): void {
    for (const { start, end } of parts) {
      const last = this.#done.at(-1);
      if (last && last[1] === start) last[1] = end;
      else this.#done.push([start, end]);
      if (last && start < last[1] && last[1] !== end) this.#putInOrder();
    }
    this.#isNews = true;
  }

  #putInOrder(): void {
    this.#done.sort(([a], [b]) => a - b);
    this.#done.splice(0, this.#done.length, ...together(this.#done));
  }
}

/** Ranges that touch become one; they are in order. */
export function together(ranges: readonly ByteRange[]): ByteRange[] {
  const joined: ByteRange[] = [];
  for (const [from, to] of ranges) {
    const last = joined.at(-1);
    if (last && last[1] === from) last[1] = to;
    else joined.push([from, to]);
  }
  return joined;
}
