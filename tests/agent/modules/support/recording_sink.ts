/**
 * A sink that keeps what it takes in memory, and can push back, fail, or crash around a commit.
 *
 * @module
 */

import type { EventSink } from "../../../../src/agent/modules/collector.ts";
import { countEvents, type EncodedEvents } from "../../../../src/shared/protocol/encoded_events.ts";
import type {
  CollectedGroup,
  CollectionLoss,
} from "../../../../src/shared/protocol/stored_events.ts";

/** One event as it was handed over. */
export interface RecordedEvent {
  header: Record<string, unknown>;
  data: {
    event: { original: string; created: string };
    log: { file: { path: string }; flags?: string[]; iostream?: string };
  };
}

/** An {@linkcode EventSink} that outlives the collectors that write to it, like a queue on disk. */
export class RecordingSink implements EventSink {
  readonly groups: CollectedGroup[] = [];
  readonly remembered = new Map<string, string>();
  /**
   * Asked before each group: `fail` takes nothing and throws, `crash` takes the group and throws.
   */
  fate: (group: CollectedGroup) => "take" | "fail" | "crash" = () => "take";
  #gate: PromiseWithResolvers<void> | undefined;
  #appending = 0;

  /** True while an append is under way. */
  get isBusy(): boolean {
    return this.#appending > 0;
  }

  /** From now on appends wait. */
  pushBack(): void {
    this.#gate ??= Promise.withResolvers<void>();
  }

  /** Lets waiting appends go on. */
  open(): void {
    this.#gate?.resolve();
    this.#gate = undefined;
  }

  async append(group: CollectedGroup, signal: AbortSignal): Promise<void> {
    this.#appending++;
    try {
      if (this.#gate) await Promise.race([this.#gate.promise, rejectOnAbort(signal)]);
    } finally {
      this.#appending--;
    }
    signal.throwIfAborted();
    const fate = this.fate(group);
    if (fate !== "fail") this.#take(group);
    if (fate !== "take") throw new Error(`append: ${fate}`);
  }

  checkpoints(): Map<string, string> {
    return new Map(this.remembered);
  }

  /** Every event taken so far. */
  get events(): RecordedEvent[] {
    return this.groups.flatMap(({ events }) => events.flatMap(parseEvents));
  }

  /** The lines of every event taken so far. */
  get lines(): string[] {
    return this.events.map(({ data }) => data.event.original);
  }

  get losses(): CollectionLoss[] {
    return this.groups.flatMap(({ losses = [] }) => [...losses]);
  }

  #take(group: CollectedGroup): void {
    // Stored is copied: the collector writes its next events to the same place.
    this.groups.push({ ...group, events: structuredClone(group.events) });
    for (const { key, value } of group.checkpoints ?? []) {
      if (value === null) this.remembered.delete(key);
      else this.remembered.set(key, value);
    }
  }
}

function parseEvents(encoded: EncodedEvents): RecordedEvent[] {
  const text = typeof encoded === "string" ? encoded : new TextDecoder().decode(encoded.bytes);
  const [empty, ...lines] = text.split("\n");
  if (empty !== "") throw new Error(`Does not begin with a newline: ${text}`);
  const events: RecordedEvent[] = [];
  for (let line = 0; line < lines.length; line += 2) {
    const [header = "", data = ""] = lines.slice(line, line + 2);
    events.push({ header: JSON.parse(header), data: JSON.parse(data) });
  }
  if (events.length !== countEvents([encoded])) throw new Error("Counts its events wrong");
  return events;
}

function rejectOnAbort(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
}
