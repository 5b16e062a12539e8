/**
 * How the things on the cluster are called. All begin with the name of the cluster.
 *
 * - stream `<name>_EVENTS_<k>`: subjects `<name>.ev.<k>.<stateless|stateful>.<agent>.<lane>`
 * - stream `<name>_DONE`: subjects `<name>.done.<agent>`
 * - buckets `<name>_<WHAT>`
 *
 * WHAT is one word of A-Z, with a number at most: so a backup knows what belongs to this cluster, and not to one whose name is longer.
 *
 * @module
 */

import type { Stream } from "../../../shared/protocol/wire.ts";
import { subjectToken } from "../../nats/subjects.ts";

/** The lane of requests that have no key: nothing is known of what came before. */
const UNKEYED = "u";
/** Batches of one agent that may be stored side by side; stateful ones are in order, so they have one lane. */
const LANES = 4;

/** Names the things of one cluster. */
export class Names {
  readonly #name: string;
  readonly #eventStreams: number;

  /** @param eventStreams over how many streams the events are spread */
  constructor(name: string, eventStreams: number) {
    this.#name = name;
    this.#eventStreams = eventStreams;
  }

  /** The buckets and streams beside those of the events. */
  of(what: string): string {
    return `${this.#name}_${what}`;
  }

  /** The streams of events, in order. */
  get eventStreams(): string[] {
    return Array.from({ length: this.#eventStreams }, (_, index) => this.of(`EVENTS_${index}`));
  }

  /** All subjects of the stream of events at `index`, or those of one kind. */
  eventSubjects(index: number, stream?: Stream): string {
    return `${this.#name}.ev.${index}.${stream === undefined ? "" : `${stream}.`}>`;
  }

  /** Where all events of an agent are, whatever their kind and lane. */
  eventsOf(agentId: string): { stream: string; subjects: string } {
    const index = hashOf(agentId) % this.#eventStreams;
    const subjects = `${this.#name}.ev.${index}.*.${subjectToken(agentId)}.*`;
    return { stream: this.of(`EVENTS_${index}`), subjects };
  }

  /** The subjects of orders that have ended. */
  done(agent: string): string {
    return `${this.#name}.done.${agent}`;
  }

  /** Where a batch goes: the same place for the same batch, whichever node has it. */
  placeOf({ agentId, stream, key }: { agentId: string; stream: Stream; key: string | undefined }) {
    const index = hashOf(agentId) % this.#eventStreams;
    const lane = key === undefined ? UNKEYED : stream === "stateful" ? 0 : hashOf(key) % LANES;
    const subject = `${this.#name}.ev.${index}.${stream}.${subjectToken(agentId)}.${lane}`;
    return { index, stream: this.of(`EVENTS_${index}`), subject };
  }
}

/** FNV-1a of 32 bits: fixed for ever, since places depend on it. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(text)) {
    hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  }
  return hash;
}
