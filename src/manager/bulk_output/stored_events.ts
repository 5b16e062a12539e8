/**
 * The events of one manager for an index, in the order of their numbers.
 *
 * @module
 */

import { getLogger } from "@logtape/logtape";
import type { Clock } from "../../shared/clock.ts";
import { eventsOf } from "../events/event_lines.ts";
import type { EventStore } from "../events/event_store.ts";
import { actionOf, type BulkAction, type Destination } from "./actions.ts";
import type { Checkpoint, Checkpoints } from "./checkpoints.ts";
import type { OutputProgress, OutputSource, Portion, RefusedEvent } from "./output_source.ts";

const log = getLogger(["manager", "bulk_output"]);

/** What {@linkcode StoredEvents} work with. */
interface StoredEventsParts {
  clock: Clock;
  events: Pick<EventStore, "after" | "total">;
  checkpoints: Checkpoints;
  destination: Destination;
  /** Of this database: numbers of events are unique within it. */
  origin: string;
  /** Events that are kept for an index that is away. */
  maxBacklog: number;
}

/** Reads them. */
export class StoredEvents implements OutputSource {
  readonly lookAgainMs = undefined;
  readonly #parts: StoredEventsParts;
  #checkpoint: Checkpoint;

  constructor(parts: StoredEventsParts) {
    this.#parts = parts;
    this.#checkpoint = parts.checkpoints.read() ?? beginning(parts.events);
  }

  // deno-lint-ignore require-await
  async read(characters: number): Promise<Portion | undefined> {
    const { events, destination, origin } = this.#parts;
    const actions: BulkAction[] = [];
    let last = this.#checkpoint.sentUpTo;
    for (let missing = characters; missing > 0;) {
      const group = events.after(last);
      if (group === undefined) break;
      const found = eventsOf(group, last);
      this.#noteMissed((found[0]?.number ?? last + 1) - last - 1);
      for (const event of found) {
        const { number } = event;
        const identity = { event: number, id: `${origin}-${number}`, version: number };
        const action = actionOf(event, identity, destination);
        actions.push(action);
        missing -= action.lines.length;
      }
      last = group.lastEvent;
    }
    if (actions.length === 0) return undefined;
    return { actions, settled: (refused) => this.#moveOn(last, refused) };
  }

  readUpTo(): number {
    const { events, maxBacklog } = this.#parts;
    return Math.max(this.#checkpoint.sentUpTo, events.total() - maxBacklog);
  }

  progress(): OutputProgress {
    const { sentUpTo, refused, missed } = this.#checkpoint;
    const waiting = this.#parts.events.total() - sentUpTo;
    return { sent_up_to: sentUpTo, refused, missed, waiting };
  }

  // deno-lint-ignore require-await
  async #moveOn(sentUpTo: number, refused: readonly RefusedEvent[]): Promise<void> {
    const { checkpoints, clock } = this.#parts;
    const checkpoint = {
      ...this.#checkpoint,
      sentUpTo,
      refused: this.#checkpoint.refused + refused.length,
    };
    checkpoints.save(checkpoint, refused, clock.now());
    this.#checkpoint = checkpoint;
  }

  #noteMissed(events: number): void {
    if (events === 0) return;
    this.#checkpoint = { ...this.#checkpoint, missed: this.#checkpoint.missed + events };
    log.error("{events} events were removed before the index took them", { events });
  }
}

/** An index that was given nothing yet gets what is kept. */
function beginning(events: Pick<EventStore, "after">): Checkpoint {
  const oldest = events.after(0);
  const [first] = oldest === undefined ? [] : eventsOf(oldest, 0);
  return { sentUpTo: first === undefined ? 0 : first.number - 1, refused: 0, missed: 0 };
}
