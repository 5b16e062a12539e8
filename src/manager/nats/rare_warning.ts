/**
 * A warning that repeats itself is logged once, and then once a minute with how often it came.
 *
 * @module
 */

import type { Logger } from "@logtape/logtape";
import type { Clock } from "../../shared/clock.ts";

const AGAIN_AFTER_MS = 60_000;
const MAX_TEXTS = 16;

interface Said {
  atMs: number;
  /** How often it came since. */
  unsaid: number;
  /** How many messages it was about since. */
  messages: number;
}

/**
 * Each text by itself: troubles that alternate are rare too. Knows {@linkcode MAX_TEXTS} of them;
 * the one not heard of for longest is news again.
 */
export class RareWarning {
  readonly #log: Logger;
  readonly #clock: Clock;
  readonly #said = new Map<string, Said>();

  constructor(log: Logger, clock: Clock) {
    this.#log = log;
    this.#clock = clock;
  }

  /** Logs `text`, or counts it, and the `messages` that it is about. */
  warn(text: string, messages = 0): void {
    const nowMs = this.#clock.monotonic();
    const { atMs, ...before } = this.#touch(text);
    const total = before.messages + messages;
    if (nowMs - atMs < AGAIN_AFTER_MS) {
      this.#said.set(text, { atMs, unsaid: before.unsaid + 1, messages: total });
      return;
    }
    const details = [
      ...(total > 0 ? [`${total} messages`] : []),
      ...(before.unsaid > 0 ? [`and ${before.unsaid} times more`] : []),
    ];
    const more = details.length > 0 ? ` (${details.join(", ")})` : "";
    this.#log.warn("{text}{more}", { text, more });
    this.#said.set(text, { atMs: nowMs, unsaid: 0, messages: 0 });
  }

  /** The trouble is over: each text is news again. */
  settle(): void {
    this.#said.clear();
  }

  #touch(text: string): Said {
    const said = this.#said.get(text) ?? { atMs: -Infinity, unsaid: 0, messages: 0 };
    this.#said.delete(text);
    const oldest = this.#said.keys().next().value;
    if (oldest !== undefined && this.#said.size >= MAX_TEXTS) this.#said.delete(oldest);
    return said;
  }
}
