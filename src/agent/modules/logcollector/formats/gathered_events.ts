/**
 * What is gathered while a block is read: events, losses, counts.
 *
 * @module
 */

import type { CollectionLoss } from "../../../../shared/protocol/stored_events.ts";
import type { Span } from "../lines/careful_splitter.ts";
import { noCounts, type SplitCounts } from "../lines/split_result.ts";
import type { EventMaker, EventPlace } from "./event_maker.ts";
import type { SourceEvent } from "./stages.ts";

/** Events of one block, encoded. */
export class GatheredEvents {
  /** What is done with in this block, and nothing that will be read again. */
  readonly counts = noCounts();
  readonly #maker: EventMaker;
  readonly #place: EventPlace;
  readonly #texts: string[] = [];
  #dropped = { events: 0, bytes: 0 };

  constructor(maker: EventMaker, place: EventPlace) {
    this.#maker = maker;
    this.#place = place;
  }

  /** How many there are. */
  get events(): number {
    return this.#texts.length;
  }

  /** All of them. */
  get text(): string {
    return this.#texts.join("");
  }

  /** What was left out and must be told: one entry for the block. */
  get losses(): CollectionLoss[] {
    if (this.#dropped.events === 0) return [];
    const reason = "more lines a second than max_rate";
    return [{ ...this.#dropped, reason, detail: this.#place.path }];
  }

  /** Takes an event. */
  add(event: SourceEvent): void {
    this.counts.cut_bytes += event.cutBytes;
    this.counts.cut_lines += event.cutLines;
    this.counts.invalid_utf8_lines += event.invalidLines;
    if (event.text.trim() === "" && event.flags.length === 0) {
      this.counts.empty_lines += event.lines;
      return;
    }
    const { text, dropped } = this.#maker.make(event, this.#place);
    if (text !== undefined) this.#texts.push(text);
    if (!dropped) return;
    this.#dropped.events++;
    this.#dropped.bytes += event.bytes;
  }

  /** Counts the rest of a line that was cut in the block before. */
  noteSkipped(spans: readonly Span[], { cut_bytes }: SplitCounts): void {
    const within = spans.reduce((sum, { cutBytes }) => sum + cutBytes, 0);
    this.counts.cut_bytes += cut_bytes - within;
  }
}
