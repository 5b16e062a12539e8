/**
 * Somebody asks for a scan while the collector sleeps or reads.
 *
 * @module
 */

import { aborted, AnySignal } from "../../../../shared/any_signal.ts";
import type { Clock } from "../../../../shared/clock.ts";

/** Asked for by one side, seen to by the other. */
export class ScanRequest {
  #asked: PromiseWithResolvers<void> | undefined;
  #wake = new AbortController();

  /** True while somebody waits for a scan. */
  get isOpen(): boolean {
    return this.#asked !== undefined;
  }

  /**
   * Asks for a scan and ends the sleep; resolves once it was done.
   *
   * @throws the signal's reason when aborted before
   */
  async ask(signal: AbortSignal): Promise<void> {
    this.#asked ??= Promise.withResolvers<void>();
    this.#wake.abort();
    await Promise.race([this.#asked.promise, aborted(signal)]);
    signal.throwIfAborted();
  }

  /** Tells whoever asked that a scan was done. */
  close(): void {
    this.#asked?.resolve();
    this.#asked = undefined;
  }

  /** Resolves after `durationMs`, or when a scan is asked for, or when the signal is aborted. */
  async sleep(clock: Clock, durationMs: number, signal: AbortSignal): Promise<void> {
    using either = new AnySignal(signal, this.#wake.signal);
    await clock.sleep(durationMs, either.signal).catch(() => {});
    if (this.#wake.signal.aborted) this.#wake = new AbortController();
  }
}
