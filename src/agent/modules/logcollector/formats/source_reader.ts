/**
 * Reads blocks of one file whose location asks for more than lines.
 *
 * Between two blocks it remembers only since when the events that are open have not grown; what was
 * open before a restart has not grown since its file was written.
 *
 * @module
 */

import type { Buffer } from "node:buffer";
import { CarefulSplitter, type Span } from "../lines/careful_splitter.ts";
import type { ByteRange, SplitOptions, SplitResult } from "../lines/split_result.ts";
import type { EventMaker, EventPlace } from "./event_maker.ts";
import { GatheredEvents } from "./gathered_events.ts";
import { Joiner } from "./joiner.ts";
import type { OpenEvent, OpenEvents } from "./open_event.ts";
import type { Source } from "./source.ts";
import type { TextEncoding } from "./text_encoding.ts";

/** A block, where it begins in the file, and what behind that is done with. */
interface SourceBlock extends SplitOptions {
  offset: number;
  done: readonly ByteRange[];
  /** Streams whose first line goes on with an event that was cut. */
  cut: readonly string[];
  /** As the file's mark says. */
  marked: TextEncoding | undefined;
}

/** Where events are read, and what is around the file. */
interface ReadPlace extends EventPlace {
  /** True when nothing is read later: then no rate counts. */
  isLast: boolean;
  /** True when the file left its path and its log goes on in another one. */
  hasNext: boolean;
  /** Events that were open where the file before this one ended. */
  carried: OpenEvents | undefined;
  /** Whether a last line without a newline is given after a while. */
  givesUnfinished: boolean;
  /** Wall clock: when the file was written, as far as that is known. */
  writtenMs: number;
}

/** Reads one file. */
export class SourceReader {
  readonly #source: Source;
  readonly #maker: EventMaker;
  /** Where open events end, and since when; by their streams and where they begin. */
  #since: ReadonlyMap<string, { end: number; sinceMs: number }> = new Map();
  #open: OpenEvents = new Map();
  #leavesOpen = false;
  #isFirst = true;
  /** End of the file when it was too late to wait for the end of its last line. */
  #waitedTo: number | undefined;

  constructor(source: Source, maker: EventMaker) {
    this.#source = source;
    this.#maker = maker;
  }

  /** True when an open event has waited long enough. */
  isDue(nowMs: number): boolean {
    return [...this.#since.values()].some(({ sinceMs }) => this.#isOver(sinceMs, nowMs));
  }

  /** Events that have no end as far as the file was read. */
  get open(): OpenEvents {
    return this.#open;
  }

  /** Gives up what is open, whose file holds it no longer; what began in the file before is its business. */
  leave(): OpenEvents {
    const open = [...this.#open].filter(([, { origins }]) => origins.length === 0);
    this.#open = new Map();
    this.#since = new Map();
    return new Map(open);
  }

  /** Makes events of what {@linkcode leave} gave, as far as they go; `bytes`: those of the file that they were. */
  giveLeft(left: OpenEvents, place: EventPlace): GatheredEvents & { bytes: number } {
    const gathered = new GatheredEvents(this.#maker, place);
    let bytes = 0;
    for (const event of left.values()) {
      if (event.isMidLine) event.flags.add("unfinished");
      bytes += event.bytes;
      gathered.add(event.finish());
    }
    return Object.assign(gathered, { bytes });
  }

  /** True while nothing may be read because of the rate. */
  mustWait(nowMs: number): boolean {
    return this.#source.rate?.mustWait(nowMs) ?? false;
  }

  /** True when what is open goes on in the next file of the log, if anywhere. */
  get leavesOpen(): boolean {
    return this.#leavesOpen;
  }

  /** Makes events of a block. */
  split(block: Buffer, options: SourceBlock, place: ReadPlace): SplitResult {
    const { split, spans } = this.#cutLines(block, options);
    if (options.follows === "pause") this.#waitedTo = options.offset + block.length;
    const gathered = new GatheredEvents(this.#maker, place);
    const { done, cut } = options;
    const { maxBytes } = this.#source.limits;
    const joiner = new Joiner(this.#source.join, {
      maxBytes,
      done,
      cut,
      carried: place.carried,
      give: (event) => gathered.add(event),
    });
    const stoppedAt = this.#takeLines(spans, split, { joiner, gathered, options, place });
    const end = options.offset + split.consumed;
    const isWithinLine = place.givesUnfinished && this.#isWithinLine(block, split, options);
    if (stoppedAt === undefined) {
      this.#closeOpen(joiner, split, { options, end, place, isWithinLine });
    }
    this.#noteOpen(joiner, place);
    this.#leavesOpen = options.follows === "nothing" && place.hasNext && stoppedAt === undefined;
    return this.#result(split, { joiner, gathered, options, end: stoppedAt ?? end });
  }

  #cutLines(block: Buffer, options: SourceBlock): { split: SplitResult; spans: readonly Span[] } {
    const encoding = options.marked ?? this.#source.encoding;
    const cut = (follows: SplitOptions["follows"]) => {
      const more = { keepEmpty: true, waitForEnd: true, ...(encoding && { encoding }) };
      const splitter = new CarefulSplitter(block, { ...options, follows, ...more });
      return { split: splitter.split(), spans: splitter.spans };
    };
    const found = cut(options.follows);
    const { lines } = found.split;
    const isHalf = lines.kind === "list" && lines.unfinished === true && !lines.continues &&
      this.#source.isWhole?.(lines.lines.at(-1) ?? "") === false;
    return isHalf ? cut("unknown") : found;
  }

  /** True while the end of the last line may still come: it may be one of an event that is open. */
  #isWithinLine(block: Buffer, { consumed }: SplitResult, options: SourceBlock): boolean {
    const hasWaited = options.offset + block.length === this.#waitedTo;
    // Space that was reserved is no line.
    return options.follows === "unknown" && !hasWaited &&
      block.subarray(consumed).some((byte) => byte !== 0);
  }

  /** Takes the lines of the block; gives where it stopped before its end. */
  #takeLines(
    spans: readonly Span[],
    split: SplitResult,
    { joiner, gathered, options, place }: Work & { place: ReadPlace },
  ): number | undefined {
    const { lines } = split;
    if (lines.kind !== "list") return undefined;
    gathered.noteSkipped(spans, split.counts);
    for (const [index, span] of spans.entries()) {
      const start = options.offset + span.start;
      if (joiner.isDone(start)) continue;
      if (!place.isLast && this.mustWait(place.nowMs)) return start;
      const flags = flagsOf(split, index);
      const at = { start, end: options.offset + span.end };
      this.#takeLine(lines.lines[index] ?? "", { ...span, ...at, flags }, { joiner, gathered });
    }
    return undefined;
  }

  #takeLine(
    line: string,
    at: Span & { flags: readonly string[] },
    { joiner, gathered }: Pick<Work, "joiner" | "gathered">,
  ): void {
    const unwrapped = this.#source.unwrap?.(line);
    const isStrange = this.#source.unwrap !== undefined && unwrapped === undefined && line !== "";
    const flags = isStrange ? [...at.flags, "unparsed"] : at.flags;
    if (!joiner.take({ ...(unwrapped ?? { text: line }), ...at, flags })) {
      gathered.counts.empty_lines++;
    }
  }

  #closeOpen(
    joiner: Joiner,
    split: SplitResult,
    { options, end, place, isWithinLine }: {
      options: SourceBlock;
      end: number;
      place: ReadPlace;
      isWithinLine: boolean;
    },
  ): void {
    // Inside of a line the position cannot go back.
    const isEnd = options.follows === "nothing" && !place.hasNext;
    const mustAll = isEnd || split.skipping || split.continuing;
    joiner.closeOpen((event) => {
      const before = this.#since.get(keyOf(event));
      const isOver = !isWithinLine && before?.end === event.end &&
        this.#isOver(before.sinceMs, place.nowMs);
      // At the end of a file its log goes on in the next one.
      return mustAll || (isOver && !place.hasNext);
    });
    if (options.follows !== "more") return;
    // A full block that moves nothing would be read again for ever.
    while (joiner.position(end).offset <= options.offset && joiner.cutOldest());
  }

  #noteOpen({ open }: Joiner, { nowMs, wallMs, writtenMs }: ReadPlace): void {
    this.#open = open;
    const newSinceMs = this.#isFirst ? nowMs - Math.max(0, wallMs - writtenMs) : nowMs;
    this.#isFirst = false;
    this.#since = new Map([...open.values()].map((event) => {
      const before = this.#since.get(keyOf(event));
      const isSame = before?.end === event.end;
      return [keyOf(event), { end: event.end, sinceMs: isSame ? before.sinceMs : newSinceMs }];
    }));
  }

  #isOver(sinceMs: number, nowMs: number): boolean {
    return nowMs - sinceMs >= this.#source.limits.timeoutMs;
  }

  #result(
    split: SplitResult,
    { joiner, gathered, options, end }: Work & { end: number },
  ): SplitResult {
    const { offset, done, cut } = joiner.position(end);
    const isWhole = end === options.offset + split.consumed;
    const { events, text, losses, counts } = gathered;
    // Else they are read, and counted, again.
    if (offset === end) counts.nul_bytes = split.counts.nul_bytes;
    return {
      lines: { kind: "list", lines: [], cut: [] },
      consumed: offset - options.offset,
      skipping: isWhole && split.skipping,
      continuing: isWhole && split.continuing,
      counts,
      ready: {
        events,
        text,
        losses,
        done,
        cut,
        stopped: !isWhole,
        isNews: joiner.isNews,
      },
    };
  }
}

/** Told from others of the file by where it begins, and from those carried into it by their first line. */
function keyOf({ start, lines }: OpenEvent): string {
  return start === undefined ? `carried ${lines[0]}` : String(start);
}

interface Work {
  joiner: Joiner;
  gathered: GatheredEvents;
  options: SourceBlock;
}

function flagsOf({ lines }: SplitResult, index: number): string[] {
  if (lines.kind !== "list") return [];
  const { cut, continues, unfinished, lines: all } = lines;
  return [
    ...(cut.includes(index) ? ["truncated"] : []),
    ...(continues && index === 0 ? ["continuation"] : []),
    ...(unfinished && index === all.length - 1 ? ["unfinished"] : []),
  ];
}
