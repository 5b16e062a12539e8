/**
 * The record: a file that gains one JSON line for each event stored, exactly once, in order.
 *
 *     {"received_at":…,"agent_id":…,"stream":…,"batch_id":…,"header":{…},"data":{…}}
 *
 * `data` is null for a delete, `batch_id` for a request without an idempotency key.
 *
 * Events are first committed to the store, then appended here, and then the marker in the store
 * moves: "everything up to event N stands in the first B bytes". So whatever moment the process is
 * killed at, the next start knows what to do:
 *
 * - killed before the append: the events lie in the store beyond the marker, and are appended;
 * - killed in the middle of the append, or before the marker moved: the file is longer than B; it
 *   is cut to B bytes, and the events beyond the marker are appended, once;
 * - the file is shorter than B: somebody else cut or removed it. What they took is gone; recording
 *   goes on at its end.
 *
 * The store removes no event beyond the marker. The promise holds while the manager is started with
 * the same data folder and the same file; without `--record` or with another file the marker is
 * forgotten, and recording begins with the next event.
 *
 * @module
 */

import { getLogger } from "@logtape/logtape";
import type { Clock } from "../src/shared/clock.ts";
import { AgentError, messageOf } from "../src/shared/errors.ts";
import type { EventGroup } from "../src/manager/events/event_table.ts";
import type { EventStore } from "../src/manager/events/event_store.ts";
import type { EventReader } from "../src/manager/extension.ts";
import type { RecordMarker, RecordMarkerTable } from "./record_marker.ts";

const MAX_CHARACTERS_PER_WRITE = 4_000_000;
const RETRY_AFTER_MS = 1_000;

const log = getLogger(["manager", "record"]);

/** What a {@linkcode Recorder} is opened with. */
interface RecorderOptions {
  events: EventStore;
  marker: RecordMarkerTable;
  clock: Clock;
  /** Absolute path; created when missing. */
  path: string;
}

/** Appends stored events to a file. Writes what has piled up together, in the background. */
export class Recorder implements EventReader {
  readonly #events: EventStore;
  readonly #markers: RecordMarkerTable;
  readonly #clock: Clock;
  readonly #file: Deno.FsFile;
  readonly #closing = new AbortController();
  #marker: RecordMarker;
  #work: Promise<void> | undefined;

  private constructor(options: RecorderOptions, file: Deno.FsFile, marker: RecordMarker) {
    this.#events = options.events;
    this.#markers = options.marker;
    this.#clock = options.clock;
    this.#file = file;
    this.#marker = marker;
  }

  /** Opens the file, mends what a kill left behind, and appends what is missing. */
  static async open(options: RecorderOptions): Promise<Recorder> {
    const { path, events, marker: markers } = options;
    const file = await openRecord(path);
    const { size } = await file.stat();
    const kept = markers.get();
    const marker = kept?.path === path
      ? { ...kept, fileBytes: Math.min(kept.fileBytes, size) }
      : { path, recordedUpTo: events.total(), fileBytes: size };
    await file.truncate(marker.fileBytes);
    markers.set(marker);
    const recorder = new Recorder(options, file, marker);
    await recorder.flush();
    return recorder;
  }

  /** Says that events were stored. Returns at once. */
  wake(): void {
    this.#work ??= this.#run();
  }

  readUpTo(): number {
    return this.#marker.recordedUpTo;
  }

  /** Resolves when every event that is stored now has been written, or the recorder is closed. */
  async flush(): Promise<void> {
    this.wake();
    await this.#work;
  }

  /** Writes what is left, as far as the file can be written, and closes it. */
  async close(): Promise<void> {
    this.#closing.abort();
    await this.flush();
    this.#file.close();
  }

  async #run(): Promise<void> {
    // Started in a later turn, so that one write takes the events of all requests of this turn.
    await new Promise((resolve) => setTimeout(resolve, 0));
    while (await this.#writeNext());
    // In the same turn as the last look into the store: what is stored later starts anew.
    this.#work = undefined;
  }

  /** Returns whether there may be more. */
  async #writeNext(): Promise<boolean> {
    try {
      const { text, recordedUpTo } = this.#collect();
      if (text === "") return false;
      await this.#append(new TextEncoder().encode(text), recordedUpTo);
      return true;
    } catch (error) {
      log.error("Cannot write record: {error}", { error: String(error) });
      if (this.#closing.signal.aborted) return false;
      await this.#clock.sleep(RETRY_AFTER_MS, this.#closing.signal).catch(() => {});
      return true;
    }
  }

  #collect(): { text: string; recordedUpTo: number } {
    let { recordedUpTo } = this.#marker;
    let text = "";
    while (text.length < MAX_CHARACTERS_PER_WRITE) {
      const group = this.#events.after(recordedUpTo);
      if (group === undefined) break;
      text += recordLines(group);
      recordedUpTo = group.lastEvent;
    }
    return { text, recordedUpTo };
  }

  async #append(bytes: Uint8Array, recordedUpTo: number): Promise<void> {
    await this.#file.seek(this.#marker.fileBytes, Deno.SeekMode.Start);
    for (let written = 0; written < bytes.length;) {
      written += await this.#file.write(bytes.subarray(written));
    }
    await this.#file.syncData();
    const fileBytes = this.#marker.fileBytes + bytes.length;
    const marker = { ...this.#marker, recordedUpTo, fileBytes };
    this.#markers.set(marker);
    this.#marker = marker;
  }
}

async function openRecord(path: string): Promise<Deno.FsFile> {
  try {
    return await Deno.open(path, { read: true, write: true, create: true });
  } catch (error) {
    throw new AgentError("folder_unusable", `Cannot open record "${path}": ${messageOf(error)}`, {
      cause: error,
      hint: "name a file that can be written, in a folder that there is",
    });
  }
}

/** The lines of one group. Header and data are JSON already and are taken as they are. */
function recordLines({ receivedAtMs, agentId, stream, batchId, lines }: EventGroup): string {
  const common = JSON.stringify({
    received_at: new Date(receivedAtMs).toISOString(),
    agent_id: agentId,
    stream,
    batch_id: batchId,
  }).slice(0, -1);
  const parts = lines.split("\n");
  let text = "";
  for (let index = 0; index < parts.length; index += 2) {
    text += `${common},"header":${parts[index]},"data":${parts[index + 1] || "null"}}\n`;
  }
  return text;
}
