/**
 * How many events a second come of each file.
 *
 * @module
 */

import type { FileTail } from "../files/file_tail.ts";

const WINDOW_MS = 60_000;

interface Window {
  /** Monotonic: when counting began. */
  firstMs: number;
  startMs: number;
  events: number;
  /** Events of the window before. */
  before: number;
}

/** Counts in windows of a minute; times are monotonic. */
export class EventRates {
  readonly #windows = new WeakMap<FileTail, Window>();

  /** So many events came of a file. */
  note(tail: FileTail, events: number, nowMs: number): void {
    const first = { firstMs: nowMs, startMs: nowMs, events: 0, before: 0 };
    const window = moved(this.#windows.get(tail) ?? first, nowMs);
    window.events += events;
    this.#windows.set(tail, window);
  }

  /** Events a second over the last minute, or since the file is read. */
  of(tail: FileTail, nowMs: number): number {
    const last = this.#windows.get(tail);
    if (!last) return 0;
    const { firstMs, startMs, events, before } = moved(last, nowMs);
    const left = 1 - (nowMs - startMs) / WINDOW_MS;
    const overMs = Math.min(WINDOW_MS, Math.max(1_000, nowMs - firstMs));
    return Math.round((events + before * left) / overMs * 1e5) / 100;
  }
}

/** The window in which `nowMs` is. */
function moved(window: Window, nowMs: number): Window {
  const passed = Math.floor((nowMs - window.startMs) / WINDOW_MS);
  if (passed < 1) return window;
  const startMs = window.startMs + passed * WINDOW_MS;
  return { ...window, startMs, events: 0, before: passed === 1 ? window.events : 0 };
}
