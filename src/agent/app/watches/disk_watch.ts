import { getLogger } from "@logtape/logtape";
import type { DiskReport } from "../../queue/disk_space.ts";

/** Says once that the disk keeps events out, and once that it does so no longer. */
export class DiskWatch {
  readonly #log = getLogger(["agent", "queue"]);
  #low = false;

  /** Call about once a second. */
  observe({ low, ...bytes }: DiskReport): void {
    if (low === this.#low) return;
    this.#low = low;
    if (low) {
      this.#log.error(
        "The disk is nearly full: no events are taken in before there is room",
        bytes,
      );
    } else this.#log.info("The disk has room again: events are taken in", bytes);
  }
}
