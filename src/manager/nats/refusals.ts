/**
 * What to do with messages that the server refuses.
 *
 * @module
 */

import type { Outcome } from "./link.ts";
import type { StoredMessage } from "./outbox.ts";
import type { MessageKind } from "./subjects.ts";

/** How often a message is sent and refused until it is set aside. */
const MOST_TRIES = 3;

/** A message that was not taken. */
export interface Refused {
  message: StoredMessage;
  reason: string;
}

/** Messages by what becomes of them. */
export interface Sorted {
  taken: { message: StoredMessage; duplicate: boolean }[];
  /** Given up. */
  setAside: Refused[];
  /** To be sent again, because they were refused. */
  again: Refused[];
  /** To be sent again, because the stream takes nothing now. */
  held: Refused[];
  /** To be sent again on another connection. */
  unknown: Refused[];
}

/**
 * Remembers what was refused. Once a message of a kind is set aside, others of its kind are at their
 * first refusal, until one is taken: a server that denies one agent's subject mostly denies them all.
 */
export class Refusals {
  readonly #deniedKinds = new Set<MessageKind>();
  /** By sequence number, of messages that are to be sent again. */
  #tries: ReadonlyMap<number, number> = new Map();

  /** Sorts messages that were sent together, with the outcome of each. */
  sort(messages: readonly StoredMessage[], outcomes: readonly Outcome[]): Sorted {
    const sorted: Sorted = { taken: [], setAside: [], again: [], held: [], unknown: [] };
    const tries = new Map<number, number>();
    messages.forEach((message, index) => {
      const outcome = outcomes[index] ?? { kind: "unknown", reason: "no answer" };
      const before = this.#tries.get(message.sequence) ?? 0;
      switch (outcome.kind) {
        case "taken":
          this.#deniedKinds.delete(message.kind);
          sorted.taken.push({ message, duplicate: outcome.duplicate });
          return;
        case "held":
        case "unknown":
          if (before > 0) tries.set(message.sequence, before);
          sorted[outcome.kind].push({ message, reason: outcome.reason });
          return;
        case "refused":
          if (this.#isOver(message, before + 1, outcome.final)) {
            sorted.setAside.push({ message, reason: outcome.reason });
            return;
          }
          tries.set(message.sequence, before + 1);
          sorted.again.push({ message, reason: outcome.reason });
      }
    });
    this.#tries = tries;
    return sorted;
  }

  #isOver({ kind }: StoredMessage, tried: number, final: boolean): boolean {
    if (final) return true;
    if (tried < MOST_TRIES && !this.#deniedKinds.has(kind)) return false;
    this.#deniedKinds.add(kind);
    return true;
  }
}
