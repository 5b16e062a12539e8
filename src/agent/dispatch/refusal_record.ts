/**
 * How far the refusals of a server can be believed, by what it has said of late.
 *
 * @module
 */

import type { DispatchBatch } from "./types.ts";

/** Events that were tried together. */
type Events = Pick<DispatchBatch, "first_event" | "events">;

/** One answer to something that was tried. */
interface Tried {
  batch: Events;
  refused: boolean;
  /** The server has taken what it had refused before, unchanged. */
  contradiction: boolean;
}

/** So many answers are remembered. */
const REMEMBERED = 128;
/** So many of them, the latest about other events, tell how often the server refuses what is good. */
const SAMPLE = 32;
/** So often an event is refused again, each time after the server has taken another one, before it is set aside. */
const USUAL_CONFIRMATIONS = 3;
/** So often when others are refused too: several bad events look like a server that refuses at random. */
const CONFIRMATIONS_AMONG_OTHERS = 8;
/** More tell nothing new of an event that is bad. */
const MOST_CONFIRMATIONS = 40;
/** A server that refuses at random is supposed to refuse at least this share. */
const LEAST_SHARE = 0.5;
/** Share of good events that may be set aside at a server which refuses at random. */
const ACCEPTED_ERROR = 1e-6;

/** What a server said to what it was sent, while refusals were looked into. */
export class RefusalRecord {
  #tried: Tried[] = [];

  /** `again`: it had been refused before. */
  note(
    { first_event, events }: Events,
    { refused, again }: { refused: boolean; again: boolean },
  ): void {
    const batch = { first_event, events };
    this.#tried.push({ batch, refused, contradiction: again && !refused });
    if (this.#tried.length > REMEMBERED) this.#tried.shift();
  }

  /** True when the server was seen to refuse what it takes the next time. */
  get isFickle(): boolean {
    return this.#tried.some(({ contradiction }) => contradiction);
  }

  /** How often the refusal of a single event must be confirmed before it counts. */
  confirmationsFor({ first_event }: Events): number {
    // What held it too says nothing of the others: with a bad event, all of them are refused.
    const others = this.#tried.filter(({ batch }) => !contains(batch, first_event)).slice(-SAMPLE);
    const refused = others.filter((one) => one.refused).length;
    if (!this.isFickle) return refused === 0 ? USUAL_CONFIRMATIONS : CONFIRMATIONS_AMONG_OTHERS;
    // Laplace's rule of succession: neither never nor always is learnt from a few.
    // What confirms a refusal was taken, so that the others look better than they are: at least half is supposed.
    const share = Math.max(LEAST_SHARE, (refused + 1) / (others.length + 2));
    const enough = Math.ceil(Math.log(ACCEPTED_ERROR) / Math.log(share));
    return Math.min(MOST_CONFIRMATIONS, enough);
  }
}

function contains({ first_event, events }: Events, event: number): boolean {
  return event >= first_event && event < first_event + events;
}
