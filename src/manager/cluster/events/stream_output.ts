/**
 * The events of a cluster for an index: the manager with the duty gives them, and how far the index is stands on the cluster.
 *
 * Events are read in the order of their streams from that place on, and the place moves on by compare-and-set once the index has them.
 * So after whatever end the next manager sends at most the last portion again: its events have the ids and versions that they had.
 *
 * @module
 */

import { getLogger } from "@logtape/logtape";
import type { Clock } from "../../../shared/clock.ts";
import {
  actionOf,
  type BulkAction,
  type Destination,
  digestOf,
} from "../../bulk_output/actions.ts";
import type {
  OutputProgress,
  OutputSource,
  Portion,
  RefusedEvent,
} from "../../bulk_output/output_source.ts";
import type { KeptEvent } from "../../events/event_lines.ts";
import type { Membership } from "../../stores/membership.ts";
import type { Bucket, Entry } from "../link/bucket.ts";
import { cursorText, type EventCursor, parseCursor } from "./event_cursor.ts";
import { eventsIn } from "./message_events.ts";
import type { Bounds, MessageReader } from "./message_reader.ts";
import type { Names } from "../link/names.ts";
import type { StreamFollower } from "../link/stream_follower.ts";

const log = getLogger(["manager", "bulk_output"]);

/** How soon new events are looked for, and how soon whether the duty has come here. */
const LOOK_AGAIN_MS = 1_000;
const LOOK_FOR_DUTY_MS = 5_000;
const MAX_REFUSALS = 100;
/** More than the events of a message: versions of documents rise with the message, and within it. */
const MAX_EVENTS = 1_000_000;

/** How far an index is. */
export interface OutputDocument {
  target: string;
  /** See `event_cursor.ts`. */
  sent_up_to: string;
  refused: number;
  /** Batches that were removed before the index took them. */
  missed: number;
  /** The newest events that were refused. */
  newest_refused: readonly (RefusedEvent & { at: number })[];
}

/** What {@linkcode StreamOutput} works with. */
interface StreamOutputParts {
  reader: MessageReader;
  names: Names;
  bucket: Bucket<OutputDocument>;
  members: Pick<Membership, "holds">;
  clock: Clock;
  /** The index, and where in it events go. */
  target: string;
  destination: Destination;
  /** Of this cluster: batches without a key are told from those of others by it. */
  origin: string;
}

/** Reads events for an index. */
export class StreamOutput implements OutputSource {
  readonly #parts: StreamOutputParts;
  readonly #key: string;
  readonly #follower: StreamFollower;
  #entry: Entry<OutputDocument>;
  #waiting = 0;

  constructor(parts: StreamOutputParts) {
    this.#parts = parts;
    this.#key = digestOf([parts.target]).slice(0, 32);
    this.#entry = { key: this.#key, value: undefined, revision: 0 };
    this.#follower = parts.bucket.follow(this.#key, (entry) => this.#take(entry));
  }

  /** Reads how far the index is, and follows that. */
  async start(): Promise<void> {
    await this.#follower.start();
    await this.#look();
  }

  /** Ends. */
  stop(): Promise<void> {
    return this.#follower.stop();
  }

  get lookAgainMs(): number {
    return this.#isOurs() ? LOOK_AGAIN_MS : LOOK_FOR_DUTY_MS;
  }

  async read(characters: number): Promise<Portion | undefined> {
    const from = this.#cursor();
    const bounds = await this.#look();
    if (!this.#isOurs()) return undefined;
    const actions: BulkAction[] = [];
    let to = from;
    for (const [index, bound] of bounds.entries()) {
      const most = characters / bounds.length;
      to = to.with(index, await this.#readStream(actions, { index, bound, cursor: from, most }));
    }
    const missed = missedOf(from, bounds);
    if (cursorText(to) === cursorText(from)) return undefined;
    return { actions, settled: (refused) => this.#moveOn({ from, to, missed }, refused) };
  }

  readUpTo(): number {
    // Nothing of it is in this manager's database.
    return Infinity;
  }

  /** Sequence of the last message of a stream that the index has. */
  hasUpTo(stream: number): number {
    return this.#cursor()[stream]?.sequence ?? 0;
  }

  progress(): OutputProgress {
    const { sent_up_to = "0", refused = 0, missed = 0 } = this.#entry.value ?? {};
    return { sent_up_to, refused, missed, waiting: this.#waiting };
  }

  /** What the streams have, and how much of it waits. */
  async #look(): Promise<Bounds[]> {
    const { names, reader } = this.#parts;
    const bounds = await Promise.all(names.eventStreams.map((stream) => reader.boundsOf(stream)));
    const places = this.#cursor();
    this.#waiting = bounds.reduce(
      (sum, { first, last }, index) =>
        sum + Math.max(0, last - Math.max(first - 1, places[index]?.sequence ?? 0)),
      0,
    );
    return bounds;
  }

  /** Reads whole messages of one stream into `actions`. Returns the place of the last one. */
  async #readStream(
    actions: BulkAction[],
    { index, bound, cursor, most }: {
      index: number;
      bound: Bounds;
      cursor: EventCursor;
      most: number;
    },
  ) {
    const { reader, names } = this.#parts;
    let place = cursor[index] ?? { sequence: 0, events: 0 };
    let missing = most;
    const stream = names.eventStreams[index] ?? "";
    const from = { first: place.sequence + 1, last: bound.last };
    for await (const message of reader.messages(stream, from)) {
      place = { sequence: message.seq, events: 0 };
      for (const event of eventsIn(message)) {
        const action = this.#actionOf(event, { index, sequence: message.seq });
        actions.push(action);
        missing -= action.lines.length;
      }
      if (missing <= 0) break;
    }
    return place;
  }

  #actionOf(event: KeptEvent, { index, sequence }: { index: number; sequence: number }) {
    const { origin, destination } = this.#parts;
    const { agentId, stream, batchId, number } = event;
    const identity = {
      event: `${sequence}.${number} of stream ${index}`,
      id: batchId === null
        ? digestOf([origin, index, sequence, number])
        : digestOf([agentId, stream, batchId, number]),
      version: sequence * MAX_EVENTS + number,
    };
    return actionOf(event, identity, destination);
  }

  async #moveOn(
    { from, to, missed }: { from: EventCursor; to: EventCursor; missed: number },
    refused: readonly RefusedEvent[],
  ): Promise<void> {
    const at = this.#parts.clock.now();
    if (missed > 0) {
      log.error("{missed} batches were removed before the index took them", { missed });
    }
    const entry = await this.#parts.bucket.change(this.#key, (there) => {
      // Another manager, that has the duty by now, has moved it on.
      if ((there?.sent_up_to ?? "0") !== this.#textOf(from)) return undefined;
      const newest = [...there?.newest_refused ?? [], ...refused.map((one) => ({ ...one, at }))];
      return {
        target: this.#parts.target,
        sent_up_to: cursorText(to),
        refused: (there?.refused ?? 0) + refused.length,
        missed: (there?.missed ?? 0) + missed,
        newest_refused: newest.slice(-MAX_REFUSALS),
      };
    }, this.#entry);
    this.#take(entry);
  }

  #take(entry: Entry<OutputDocument>): void {
    if (entry.revision > this.#entry.revision) this.#entry = entry;
  }

  #cursor(): EventCursor {
    const text = this.#entry.value?.sent_up_to ?? "0";
    return parseCursor(text, this.#parts.names.eventStreams.length);
  }

  /** Nothing was sent yet: there is no document. */
  #textOf(cursor: EventCursor): string {
    return this.#entry.value === undefined ? "0" : cursorText(cursor);
  }

  #isOurs(): boolean {
    return this.#parts.members.holds("output");
  }
}

/** Batches that went before they were read. An index that was given nothing yet gets what is kept, and misses nothing. */
function missedOf(cursor: EventCursor, bounds: readonly Bounds[]): number {
  return cursor.reduce((sum, { sequence }, index) => {
    const first = bounds[index]?.first ?? 0;
    return sequence === 0 ? sum : sum + Math.max(0, first - sequence - 1);
  }, 0);
}
