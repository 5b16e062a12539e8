/**
 * Turns entries of the journal into encoded events.
 *
 * What is the same in all of them is put together once; the bytes are those of `encodeStateless`.
 *
 * @module
 */

import { Buffer, isUtf8 } from "node:buffer";
import { encodeStateless } from "../../../shared/protocol/event_encoder.ts";
import type { EntryTest } from "./conditions.ts";
import { isAscii, type JournalEntry, textOf } from "./journal_entry.ts";

/** Which fields an event shows beside its message. */
export type ShownFields = "none" | "all" | readonly string[];

/** What was noticed, for the status. */
interface EntryCounts {
  /** Left out by the filters here. */
  filtered: number;
  /** Without a message, and nothing else is shown. */
  empty: number;
  cut: number;
  cut_bytes: number;
  invalid_utf8: number;
}

/** Fields that every event needs. */
const NEEDED = ["MESSAGE", "_SYSTEMD_UNIT", "SYSLOG_IDENTIFIER"];

/** The place of an entry, which is no field of it. */
const IS_PLACE = /^__/;

/** The fields that have to be read; `undefined` for all. */
export function neededFields(test: EntryTest, shown: ShownFields): string[] | undefined {
  if (shown === "all") return undefined;
  return [...new Set([...NEEDED, ...test.fields, ...(shown === "none" ? [] : shown)])];
}

/** Encodes the entries that the filters take. */
export class EntryEncoder {
  readonly counts: EntryCounts = { filtered: 0, empty: 0, cut: 0, cut_bytes: 0, invalid_utf8: 0 };
  readonly #test: EntryTest;
  readonly #shown: ShownFields;
  readonly #times = new Times();
  #provider = { value: "", text: '""' };
  readonly #head = encodeStateless(HEADER, {}).slice(0, -"{}".length);

  constructor(test: EntryTest, shown: ShownFields) {
    this.#test = test;
    this.#shown = shown;
  }

  /**
   * The event of an entry; `undefined` when there is none to be made of it.
   *
   * @param created when it is read, ISO 8601
   */
  encode(
    entry: JournalEntry,
    { realtimeUs, created }: { realtimeUs: number; created: string },
  ): string | undefined {
    const field = this.#test.takenFor(entry);
    if (field === undefined) return this.#leaveOut("filtered");
    // A program may say several at once.
    const message = entry.values("MESSAGE").join("\n");
    const shown = this.#shownText(entry);
    if (message === "" && shown === "") return this.#leaveOut("empty");
    const original = JSON.stringify(this.#textOf(message));
    const provider = this.#providerText(providerOf(entry, field));
    return `${this.#head}{"event":{"original":${original},"created":"${created}","provider":${provider}},` +
      `${this.#cutText(entry)}"@timestamp":"${this.#times.isoOf(realtimeUs)}"${shown}}`;
  }

  #leaveOut(why: "filtered" | "empty"): undefined {
    this.counts[why]++;
    return undefined;
  }

  #textOf(message: string): string {
    if (isAscii(message)) return message;
    const bytes = Buffer.from(message, "latin1");
    if (!isUtf8(bytes)) this.counts.invalid_utf8++;
    return bytes.toString("utf8");
  }

  /** Entries of one program come together. */
  #providerText(provider: string): string {
    if (provider !== this.#provider.value) {
      this.#provider = { value: provider, text: JSON.stringify(textOf(provider)) };
    }
    return this.#provider.text;
  }

  #cutText({ cut, cutBytes }: JournalEntry): string {
    if (cut.length === 0) return "";
    this.counts.cut++;
    this.counts.cut_bytes += cutBytes;
    return `"log":{"flags":["truncated"]},`;
  }

  #shownText(entry: JournalEntry): string {
    const shown = this.#shown;
    if (shown === "none") return "";
    const chosen = [...entry.fields()].filter(([name]) =>
      shown === "all" ? !IS_PLACE.test(name) && name !== "MESSAGE" : shown.includes(name)
    );
    if (chosen.length === 0) return "";
    const texts = chosen.map(([name, value]) =>
      [name, typeof value === "string" ? textOf(value) : value.map(textOf)] as const
    );
    return `,"journald":${JSON.stringify(Object.fromEntries(texts))}`;
  }
}

const HEADER = { module: "logcollector", collector: "journald" };

function providerOf(entry: JournalEntry, field: string): string {
  return (field && entry.first(field)) || entry.first("_SYSTEMD_UNIT") ||
    entry.first("SYSLOG_IDENTIFIER") || "unknown";
}

/** Writes times; most entries are of the same second as the one before. */
class Times {
  #second = NaN;
  #prefix = "";

  /** ISO 8601, UTC, with microseconds. */
  isoOf(realtimeUs: number): string {
    const second = Math.floor(realtimeUs / 1_000_000);
    if (second !== this.#second) {
      this.#second = second;
      this.#prefix = new Date(second * 1_000).toISOString().slice(0, -"000Z".length);
    }
    return `${this.#prefix}${String(realtimeUs % 1_000_000).padStart(6, "0")}Z`;
  }
}
