/**
 * Questions to the Windows event log, asked with wevtutil.
 *
 * @module
 */

import { commandOutput } from "../../process/command_stream.ts";
import { decodeOutput, eventsIn, type WindowsEvent } from "./event_texts.ts";

/** So many events are asked for at a time. */
export const EVENTS_AT_ONCE = 500;
const MAX_ANSWER_BYTES = 256 * 1_048_576;

/** What a channel holds. */
interface ChannelContent {
  /** Number of the oldest event; that of the next one when there is none. */
  oldest: number;
  /** Number of the newest event; one less than the oldest when there is none. */
  newest: number;
}

/** What wevtutil ends with, and what is to be done about it. */
const STATUSES: Readonly<Record<number, { what: string; hint: string }>> = {
  5: {
    what: "access is denied",
    hint: "run the agent as LocalSystem, or put its user into the group Event Log Readers",
  },
  15001: { what: "the query is not valid", hint: "correct its query: it must be XPath" },
  15007: { what: "there is no such channel", hint: "wevtutil el lists the channels" },
};

/** A question that Windows did not answer. */
export class EventlogError extends Error {
  override readonly name = "EventlogError";
  /** The right next step. */
  readonly hint: string;

  constructor(message: string, hint: string) {
    super(message);
    this.hint = hint;
  }
}

/** Asks wevtutil. */
export class Wevtutil {
  readonly #program: string;

  /** @param program path of wevtutil */
  constructor(program: string) {
    this.#program = program;
  }

  /**
   * Events with a number above `after`, oldest first, at most {@linkcode EVENTS_AT_ONCE}.
   *
   * @throws {EventlogError} when the channel cannot be read, or the query is not valid
   */
  async events(
    { channel, query, after }: { channel: string; query: string; after: number },
    signal: AbortSignal,
  ): Promise<WindowsEvent[]> {
    const text = await this.#ask([
      "qe",
      channel,
      `/q:${queryAfter(query, after)}`,
      "/f:RenderedXml",
      `/c:${EVENTS_AT_ONCE}`,
      "/rd:false",
      // A code page has no place for most characters.
      "/uni:true",
    ], signal);
    return eventsIn(text);
  }

  /**
   * What the channel holds now.
   *
   * @throws {EventlogError} when the channel cannot be read
   */
  async content(channel: string, signal: AbortSignal): Promise<ChannelContent> {
    const text = await this.#ask(["gli", channel, "/uni:true"], signal);
    const oldest = numberIn(text, "oldestRecordNumber") ?? 1;
    return { oldest, newest: oldest + (numberIn(text, "numberOfLogRecords") ?? 0) - 1 };
  }

  async #ask(args: readonly string[], signal: AbortSignal): Promise<string> {
    const { code, output, reason } = await commandOutput(
      { program: this.#program, args },
      { maxBytes: MAX_ANSWER_BYTES, signal },
    );
    if (code === 0) return decodeOutput(output);
    const { what = reason, hint = "wevtutil qe CHANNEL /c:1 says more" } = STATUSES[code] ?? {};
    throw new EventlogError(what, hint);
  }
}

/** `query` is `*`, or `*[…]` or `Event[…]`. */
export function queryAfter(query: string, after: number): string {
  const isNewer = `System[EventRecordID>${after}]`;
  const asked = /^(?:\*|Event)\[(.*)\]$/s.exec(query)?.[1];
  return asked === undefined ? `*[${isNewer}]` : `*[${isNewer} and (${asked})]`;
}

function numberIn(text: string, name: string): number | undefined {
  const digits = new RegExp(`^\\s*${name}:\\s*(\\d+)`, "m").exec(text)?.[1];
  return digits === undefined ? undefined : Number(digits);
}
