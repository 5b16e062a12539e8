import { getLogger } from "@logtape/logtape";
import { durationText } from "../../../shared/text.ts";

/** Says once that this machine's clock and the server's differ, and once that they do so no longer. */
export class ClockWatch {
  readonly #log = getLogger(["agent", "comms"]);
  #isOff = false;

  /** Call about once a second. `offsetMs`: the server's clock less this machine's, when that is too much. */
  observe(offsetMs: number | undefined): void {
    const wasOff = this.#isOff;
    this.#isOff = offsetMs !== undefined;
    if (wasOff === this.#isOff) return;
    if (offsetMs === undefined) {
      this.#log.info("This machine's clock and the server's agree again");
      return;
    }
    this.#log.warn("This machine's clock is {offset} {side} the server's", {
      offset: durationText(Math.abs(offsetMs) / 1_000),
      side: offsetMs > 0 ? "behind" : "ahead of",
    });
  }
}
