/**
 * `agent queue peek`: the oldest events of each stream.
 *
 * @module
 */

import type { EventQuery, QueuedEvent } from "../../../shared/protocol/queue_inspection.ts";
import type { Stream } from "../../../shared/protocol/wire.ts";
import type { CliIo } from "../cli_io.ts";
import { eventLine, eventText, membersOf, printLines, redacted } from "../event_lines.ts";
import { openReader, type QueueCommandOptions } from "./open.ts";

/** Options of the command. */
interface PeekOptions extends QueueCommandOptions, Pick<EventQuery, "stream" | "module"> {
  count: number;
  redact?: RegExp | undefined;
}

const STREAMS: readonly Stream[] = ["stateless", "stateful"];

/** Prints them. */
export async function peek(io: CliIo, options: PeekOptions): Promise<void> {
  const { reader } = await openReader(io, options.config);
  using _open = reader;
  const { json, count, redact, module, stream } = options;
  const streams = stream === undefined ? STREAMS : [stream];
  const print = (event: QueuedEvent) =>
    json
      ? eventLine(event, membersOf({ stream: event.stream, event: event.event }))
      : eventText(event);
  let shown = 0;
  const lines = function* () {
    for (const one of streams) {
      for (const event of first(count, reader.events({ stream: one, module }))) {
        shown++;
        yield print(redacted(event, redact));
      }
    }
  };
  printLines(io, lines());
  if (shown === 0 && !json) io.stdout("No such event is queued.\n");
}

function* first<T>(count: number, items: Iterable<T>): Generator<T> {
  let left = count;
  for (const item of items) {
    yield item;
    if (--left === 0) return;
  }
}
