/**
 * Takes secrets out of events on their way to the queue, for modules whose events are few enough to be opened again.
 *
 * @module
 */

import type { EncodedEvents } from "../../shared/protocol/encoded_events.ts";
import { encodeStateless } from "../../shared/protocol/event_encoder.ts";
import { compileRedaction } from "../redaction/compile_redaction.ts";
import type { RedactOption } from "../redaction/redact_option.ts";
import { type Redact, redactMembers } from "../redaction/redaction.ts";
import type { EventSink, SinkGroup } from "./collector.ts";

/** What no secret stands in, and what is read as a time. */
const UNTOUCHED = ["@timestamp", "source", "network", "input"] as const;

/** Passes on what is left of events once secrets are taken out. */
export class RedactingSink implements EventSink {
  readonly #sink: EventSink;
  readonly #redact: Redact;
  #count = 0;

  constructor(sink: EventSink, redact: Redact) {
    this.#sink = sink;
    this.#redact = redact;
  }

  /** Secrets replaced. */
  get count(): number {
    return this.#count;
  }

  async append(group: SinkGroup, signal: AbortSignal): Promise<void> {
    await this.#sink.append(
      { ...group, events: group.events.flatMap((one) => this.#clean(one)) },
      signal,
    );
  }

  checkpoints(): Map<string, string> {
    return this.#sink.checkpoints();
  }

  #clean(events: EncodedEvents): string[] {
    const text = typeof events === "string" ? events : new TextDecoder().decode(events.bytes);
    // Each begins with a newline: its header and its data follow.
    const [, ...lines] = text.split("\n");
    const cleaned: string[] = [];
    for (let at = 0; at < lines.length; at += 2) {
      cleaned.push(this.#cleanEvent(lines[at] ?? "", lines[at + 1] ?? ""));
    }
    return cleaned;
  }

  #cleanEvent(header: string, text: string): string {
    const data = JSON.parse(text);
    const kept = Object.fromEntries(
      UNTOUCHED.filter((name) => Object.hasOwn(data, name)).map((name) => [name, data[name]]),
    );
    const { members, count } = redactMembers(data, this.#redact);
    this.#count += count;
    // Most events have nothing in them: they stay the bytes that they are.
    if (count === 0) return `\n${header}\n${text}`;
    return encodeStateless(JSON.parse(header), { ...members, ...kept });
  }
}

/** The sink with what the options take out; loads patterns only when there are any. */
export async function withRedaction(
  sink: EventSink,
  options: readonly RedactOption[],
): Promise<EventSink> {
  if (options.length === 0) return sink;
  const { compilePattern } = await import("../redaction/pattern.ts");
  const redact = compileRedaction(options, compilePattern);
  return redact ? new RedactingSink(sink, redact) : sink;
}

/** For the numbers of a module. */
export function redactionsOf(sink: EventSink): { redactions?: number } {
  return sink instanceof RedactingSink ? { redactions: sink.count } : {};
}
