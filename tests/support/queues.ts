/**
 * Queues for tests: real SQLite in a temporary folder, small bounds, a clock that stands still.
 *
 * @module
 */

import { REMOTE_SCHEMA } from "../../src/agent/commands/remote_record.ts";
import { JOURNAL_SCHEMA } from "../../src/agent/commands/journal_schema.ts";
import { encodeStateless } from "../../src/shared/protocol/event_encoder.ts";
import { Queue } from "../../src/agent/queue/queue.ts";
import type { QueueOptions } from "../../src/agent/queue/queue_options.ts";
import type { BatchLimits } from "../../src/agent/queue/types.ts";
import { FakeClock } from "./fake_clock.ts";

/** A temporary folder that goes away with its scope. */
export class TempFolder implements Disposable {
  readonly path: string = Deno.makeTempDirSync({ prefix: "agent-test-" });

  /** Path of a file in it. */
  file(name: string): string {
    return `${this.path}/${name}`;
  }

  [Symbol.dispose](): void {
    Deno.removeSync(this.path, { recursive: true });
  }
}

/** Limits of a batch that are never reached. */
export const roomy: BatchLimits = { max_events: 1_000_000, max_bytes: 1_000_000_000 };

/** Opens `agent.db` in `folder`, without waiting for the disk at each commit; everything can be overridden. */
export function openQueue(folder: TempFolder, options: Partial<QueueOptions> = {}): Queue {
  const clock = new FakeClock();
  return Queue.open({
    path: folder.file("agent.db"),
    max: { events: 1_000_000, bytes: 1_000_000_000 },
    maxDeadLetterBytes: 1_000_000,
    chunkLimits: { max_events: 1000, max_bytes: 1_000_000 },
    now: () => clock.now(),
    parts: [JOURNAL_SCHEMA, REMOTE_SCHEMA],
    durability: "normal",
    ...options,
  });
}

/** Encoded events whose texts are `prefix` and a number. */
export function events(count: number, prefix = "line "): string[] {
  return Array.from(
    { length: count },
    (_, index) => encodeStateless({ module: "test" }, { event: { original: `${prefix}${index}` } }),
  );
}

/** The texts of the events in a request body. */
export function textsOf(body: Uint8Array): string[] {
  return [...new TextDecoder().decode(body).matchAll(/"original":"([^"]*)"/g)].map((m) =>
    m[1] ?? ""
  );
}
