/**
 * One channel of the event log, read from where it was left.
 *
 * @module
 */

import type { CollectionLoss } from "../../../shared/protocol/stored_events.ts";
import { encodeStateless } from "../../../shared/protocol/event_encoder.ts";
import { boundedText } from "../bounded_text.ts";
import type { EventSink } from "../collector.ts";
import { EventGroup } from "../event_group.ts";
import type { WindowsEvent } from "./event_texts.ts";
import { EVENTS_AT_ONCE, type Wevtutil } from "./wevtutil.ts";

const HEADER = { module: "logcollector", collector: "windows-eventlog" };
/** A channel that was cleared counts from 1 again, which a question for newer events does not show. */
const LOOKS_BETWEEN_CONTENTS = 15;

/** What was noticed, for the status. */
export interface ChannelCounts {
  cut: number;
  cut_bytes: number;
  cleared: number;
  gaps: number;
}

/** What a {@linkcode Channel} is made with. */
interface ChannelParts {
  channel: string;
  /** `*`, or an XPath that begins with `*[` or `Event[`. */
  query: string;
  startAt: "end" | "beginning";
  wevtutil: Wevtutil;
  sink: EventSink;
  counts: ChannelCounts;
  /** Wall clock. */
  now: () => number;
}

/** Reads one channel. */
export class Channel {
  readonly #parts: ChannelParts;
  #looks = 0;
  #losses: CollectionLoss[] = [];

  constructor(parts: ChannelParts) {
    this.#parts = parts;
  }

  get name(): string {
    return this.#parts.channel;
  }

  /**
   * Stores what is new.
   *
   * @throws {EventlogError} when it cannot be read
   * @throws what the sink throws, and the signal's reason when aborted
   */
  async look(signal: AbortSignal): Promise<void> {
    const { wevtutil, channel, query } = this.#parts;
    let after = await this.#place(signal);
    for (;;) {
      const events = await wevtutil.events({ channel, query, after }, signal);
      if (events.length > 0) after = await this.#store(events, { after, signal });
      if (events.length < EVENTS_AT_ONCE) return;
    }
  }

  /** The number of the last event that was read. */
  async #place(signal: AbortSignal): Promise<number> {
    const { wevtutil, channel, sink, startAt } = this.#parts;
    const known = parsePlace(sink.checkpoints().get(this.#key));
    if (known !== undefined && this.#looks++ % LOOKS_BETWEEN_CONTENTS !== 0) return known;
    const { oldest, newest } = await wevtutil.content(channel, signal);
    if (known === undefined) {
      const first = startAt === "end" ? newest : oldest - 1;
      await this.#commit([], { place: first, signal });
      return first;
    }
    return newest < known ? await this.#beginAnew(known, signal) : known;
  }

  async #beginAnew(known: number, signal: AbortSignal): Promise<number> {
    const { channel, counts } = this.#parts;
    counts.cleared++;
    this.#losses = [{
      events: 0,
      bytes: 0,
      reason: "event log was cleared",
      detail: `${channel}, after event ${known}`,
    }];
    await this.#commit([], { place: 0, signal });
    return 0;
  }

  async #store(
    events: readonly WindowsEvent[],
    { after, signal }: { after: number; signal: AbortSignal },
  ): Promise<number> {
    const { query, channel, counts } = this.#parts;
    const [first] = events;
    // With a query, numbers in between are those of others.
    const missing = query === "*" && after > 0 && first ? first.recordId - after - 1 : 0;
    if (missing > 0) {
      counts.gaps++;
      const detail = `${channel}, events ${after + 1} to ${after + missing}`;
      const reason = "event log was overwritten before it was read";
      this.#losses.push({ events: missing, bytes: 0, reason, detail });
    }
    const place = events.at(-1)?.recordId ?? after;
    await this.#commit(events, { place, signal });
    return place;
  }

  async #commit(
    events: readonly WindowsEvent[],
    { place, signal }: { place: number; signal: AbortSignal },
  ): Promise<void> {
    const { sink, now } = this.#parts;
    const created = new Date(now()).toISOString();
    const group = new EventGroup();
    for (const event of events) group.add(this.#encode(event, created));
    await sink.append({
      stream: "stateless",
      events: group.take(),
      checkpoints: [{ key: this.#key, value: JSON.stringify({ v: 1, record_id: place }) }],
      losses: this.#losses,
    }, signal);
    this.#losses = [];
  }

  #encode({ text, createdAt }: WindowsEvent, created: string): string {
    const { channel, counts } = this.#parts;
    const { text: original, cutBytes } = boundedText(text);
    if (cutBytes > 0) counts.cut++;
    counts.cut_bytes += cutBytes;
    return encodeStateless(HEADER, {
      event: { original, created, provider: channel },
      ...(cutBytes > 0 && { log: { flags: ["truncated"] } }),
      ...(createdAt !== undefined && { "@timestamp": createdAt }),
    });
  }

  get #key(): string {
    const { channel, query } = this.#parts;
    return query === "*" ? `channel:${channel}` : `channel:${channel}:${query}`;
  }
}

function parsePlace(value: string | undefined): number | undefined {
  if (value === undefined) return undefined;
  try {
    const id = JSON.parse(value).record_id;
    return Number.isSafeInteger(id) && id >= 0 ? id : undefined;
  } catch {
    return undefined;
  }
}
