/**
 * What `agent send` says at its end.
 *
 * @module
 */

import type { EventSpan } from "../../../shared/protocol/stored_events.ts";
import { pluralize } from "../../../shared/text.ts";
import type { Via } from "./event_store.ts";

/** What is on the disk. */
export class Receipt {
  #events = 0;
  #truncated = 0;
  #first: number | undefined;
  #last: number | undefined;
  #lastLine = 0;

  /** Lines up to number `lastLine` are stored, as the events of `span`. */
  add(span: EventSpan, { lastLine, truncated }: { lastLine: number; truncated: number }): void {
    this.#events += span.last_event - span.first_event + 1;
    this.#truncated += truncated;
    this.#first ??= span.first_event;
    this.#last = span.last_event;
    this.#lastLine = lastLine;
  }

  /** For a program; schema 1. `error`: why it ended before its input did. */
  json(via: Via, error: object | undefined): string {
    const document = {
      schema: 1,
      events: this.#events,
      truncated: this.#truncated,
      first_event: this.#first ?? null,
      last_event: this.#last ?? null,
      last_line: this.#lastLine,
      via: this.#events === 0 ? null : via,
      error: error ?? null,
    };
    return `${JSON.stringify(document)}\n`;
  }

  /** For a person. */
  text(via: Via): string {
    if (this.#events === 0) return "Nothing was stored\n";
    const cut = this.#truncated > 0 ? `, ${pluralize(this.#truncated, "line")} cut` : "";
    const lines = `lines up to ${this.#lastLine}`;
    const way = via === "queue" ? "in the queue of the agent, which does not run" : "by the agent";
    return `${pluralize(this.#events, "event")} stored ${way} (${lines})${cut}\n`;
  }
}
