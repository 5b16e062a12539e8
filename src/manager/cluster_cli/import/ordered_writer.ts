/**
 * Writes messages to a subject in a fixed order, each once: a message says in its header `Import` which it is, and is stored only
 * behind the one before it. So a writer that was killed goes on where it was, and two at once do no harm.
 *
 * @module
 */

import { PubHeaders } from "@nats-io/jetstream";
import { isConflict, unavailable } from "../../cluster/link/cluster_failure.ts";
import type { ClusterLink } from "../../cluster/link/cluster_link.ts";
import { newestMessage } from "../../cluster/link/newest_message.ts";

const MAX_TRIES = 10;
const AGAIN_AFTER_MS = 200;

/** Where a message goes. */
export interface Place {
  stream: string;
  subject: string;
}

/** A message, and which of its subject's it is. */
export interface NumberedMessage extends Place {
  /** From 1 on. */
  number: number;
  payload: string;
  headers: Readonly<Record<string, string>>;
}

/** The newest message of a subject: 0 and 0 for none. */
interface Tail {
  sequence: number;
  number: number;
}

/** Writes to the subjects of one agent. */
export class OrderedWriter {
  readonly #link: ClusterLink;
  readonly #tails = new Map<string, Tail>();

  constructor(link: ClusterLink) {
    this.#link = link;
  }

  /** Resolves to whether the message had to be written. @throws StoreUnavailable */
  async write(message: NumberedMessage): Promise<boolean> {
    let failure: unknown;
    for (let tries = 0; tries < MAX_TRIES; tries++) {
      if (tries > 0) await new Promise((resolve) => setTimeout(resolve, tries * AGAIN_AFTER_MS));
      try {
        const tail = this.#tails.get(message.subject) ?? await this.#readTail(message);
        // Found after nobody had answered: it is this very one, or another writer's that says the same.
        if (tail.number >= message.number) return tries > 0;
        await this.#publish(message, tail);
        return true;
      } catch (error) {
        if (this.#link.connection.isClosed()) throw unavailable(error);
        this.#tails.delete(message.subject);
        if (!isConflict(error)) failure = error;
      }
    }
    throw unavailable(failure);
  }

  async #publish(
    { stream, subject, number, payload, headers }: NumberedMessage,
    { sequence }: Tail,
  ): Promise<void> {
    const written = await this.#link.publisher.publish(subject, payload, {
      ...headers,
      Import: String(number),
      [PubHeaders.ExpectedStreamHdr]: stream,
      [PubHeaders.ExpectedLastSubjectSequenceHdr]: String(sequence),
    });
    this.#tails.set(subject, { sequence: written, number });
  }

  async #readTail(place: Place): Promise<Tail> {
    const message = await newestMessage(this.#link, place);
    const number = Number(message?.header.get("Import") ?? 0);
    const tail = { sequence: message?.seq ?? 0, number };
    this.#tails.set(place.subject, tail);
    return tail;
  }
}
