/**
 * A failure that repeats itself is written once and then summed up.
 *
 * Only warnings and errors: they are what an outage repeats. Two records are the same when
 * component, level and message template agree, and every text and error among their values too;
 * numbers may differ, since attempts and waits do.
 *
 * What is remembered of one: when its window began and how often it came back since then. At the
 * end of the window, and when the log is closed, the repetitions are written as one line; a window
 * without any ends the matter. A less important record of the same component, such as "connected",
 * ends it at once: what comes after it is news again.
 *
 * @module
 */

import type { LogRecord } from "@logtape/logtape";
import type { Clock } from "../clock.ts";
import { type LogLine, logLine } from "./format.ts";
import { plainValue } from "./plain_value.ts";

/** More different failures at a time than this, and the oldest is summed up early. */
const MAX_REMEMBERED = 200;
const MAX_KEY_PART_CHARACTERS = 300;

interface Remembered {
  last: LogLine;
  count: number;
  /** Monotonic milliseconds. */
  windowStart: number;
}

/** What it needs. */
interface RepetitionOptions {
  clock: Clock;
  windowMs: number;
  write: (line: LogLine) => void;
}

/** Stands between the loggers and what writes. */
export class Repetitions {
  readonly #clock: Clock;
  readonly #windowMs: number;
  readonly #write: (line: LogLine) => void;
  readonly #remembered = new Map<string, Remembered>();
  readonly #closed = new AbortController();
  #timerRuns = false;

  constructor({ clock, windowMs, write }: RepetitionOptions) {
    this.#clock = clock;
    this.#windowMs = windowMs;
    this.#write = write;
  }

  /** Writes `record`, or counts it. */
  add(record: LogRecord): void {
    const line = logLine(record, this.#clock.now());
    if (this.#closed.signal.aborted) return this.#write(line);
    if (record.level === "warning" || record.level === "error" || record.level === "fatal") {
      return this.#addFailure(keyOf(record), line);
    }
    if (record.level === "info") this.#resolve(line.component);
    this.#write(line);
  }

  /** Sums up what is left and stops waiting; later records are written each by itself. */
  close(): void {
    for (const key of [...this.#remembered.keys()]) this.#forget(key);
    this.#closed.abort();
  }

  #addFailure(key: string, line: LogLine): void {
    const known = this.#remembered.get(key);
    if (known !== undefined) {
      known.count++;
      known.last = line;
      return;
    }
    const oldest = this.#remembered.keys().next().value;
    if (oldest !== undefined && this.#remembered.size >= MAX_REMEMBERED) this.#forget(oldest);
    this.#remembered.set(key, { last: line, count: 0, windowStart: this.#clock.monotonic() });
    this.#write(line);
    this.#startTimer();
  }

  #resolve(component: string): void {
    for (const [key, { last }] of [...this.#remembered]) {
      if (last.component === component) this.#forget(key);
    }
  }

  #forget(key: string): void {
    const known = this.#remembered.get(key);
    this.#remembered.delete(key);
    if (known !== undefined) this.#sumUp(known);
  }

  #sumUp({ last, count, windowStart }: Remembered): void {
    if (count === 0) return;
    const seconds = Math.round((this.#clock.monotonic() - windowStart) / 1_000);
    const times = count === 1 ? "once" : `${count} times`;
    const figures = { repeated: count, repeated_within_s: seconds };
    this.#write({
      ...last,
      time: this.#clock.now(),
      message: `${last.message} (repeated ${times} in ${seconds} s)`,
      properties: { ...last.properties, ...figures },
    });
  }

  #startTimer(): void {
    if (this.#timerRuns) return;
    this.#timerRuns = true;
    this.#watchWindows().catch(() => undefined);
  }

  /** Rejects when closed. */
  async #watchWindows(): Promise<void> {
    try {
      for (let next = this.#oldest(); next !== undefined; next = this.#oldest()) {
        const left = next.windowStart + this.#windowMs - this.#clock.monotonic();
        if (left > 0) await this.#clock.sleep(left, this.#closed.signal);
        this.#endWindows();
      }
    } finally {
      this.#timerRuns = false;
    }
  }

  #oldest(): Remembered | undefined {
    return this.#remembered.values().next().value;
  }

  /** Windows stand in the order they began, and begin anew at the end of the line. */
  #endWindows(): void {
    const now = this.#clock.monotonic();
    for (const [key, known] of [...this.#remembered]) {
      if (known.windowStart + this.#windowMs > now) return;
      this.#forget(key);
      if (known.count > 0) this.#remembered.set(key, { ...known, count: 0, windowStart: now });
    }
  }
}

function keyOf({ category, level, rawMessage, message, properties }: LogRecord): string {
  const template = typeof rawMessage === "string" ? rawMessage : rawMessage.join("{}");
  const values = [...message.filter((_, index) => index % 2 === 1), ...Object.values(properties)];
  const texts = values.map((value) => plainValue(value)).filter((value) =>
    typeof value !== "number"
  );
  return [...category, level, template, ...texts.map((value) => JSON.stringify(value))]
    .map((part) => part.slice(0, MAX_KEY_PART_CHARACTERS))
    .join("\0");
}
