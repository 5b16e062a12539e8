/**
 * Datagrams that the kernel dropped because nobody read them in time. It counts them for each socket, in `/proc/net/udp`.
 *
 * @module
 */

import { isIP } from "node:net";
import { bytesOf6 } from "../../../platform/libc/internet_address.ts";
import type { Clock } from "../../../../shared/clock.ts";
import type { LibcLibrary } from "../../../platform/libc/library.ts";
import { Wakeup } from "../../../../shared/wakeup.ts";
import type { InputDeps } from "../input.ts";
import { type ListenAddress, showAddress } from "../listen_address.ts";

/** After a datagram: when its socket is looked at. Without datagrams nobody looks. */
const LOOK_AFTER_MS = 1_000;
const DROPPED = "datagrams not read in time, dropped by the kernel";
/** Column of the count; the first is the number of the row. */
const DROPS_COLUMN = 12;
const LOCAL_COLUMN = 1;

/** Where what was seen goes: other options bring others. */
type DropsDeps = Pick<InputDeps, "library" | "clock" | "counts" | "intake">;

/** Watches the count of one socket. */
export class KernelDrops {
  readonly #address: ListenAddress;
  readonly #wakeup: Wakeup;
  #seen = 0;

  constructor(address: ListenAddress, clock: Clock) {
    this.#address = address;
    this.#wakeup = new Wakeup(clock);
  }

  /** Something came: others may have been dropped. */
  datagramCame(): void {
    this.#wakeup.wake();
  }

  /** Looks from time to time until the signal is aborted, and once more then. */
  async run(deps: DropsDeps, signal: AbortSignal): Promise<void> {
    // What was dropped while nobody ran is to be found, too.
    this.#wakeup.wake();
    while (!signal.aborted) {
      await this.#wakeup.wait(undefined, signal);
      await deps.clock.sleep(LOOK_AFTER_MS, signal).catch(() => {});
      this.#look(deps);
    }
  }

  #look({ library, counts, intake }: DropsDeps): void {
    const drops = this.#read(library);
    if (drops === undefined || drops <= this.#seen) return;
    const events = drops - this.#seen;
    this.#seen = drops;
    counts.dropped += events;
    counts.droppedByKernel += events;
    // Nobody knows how long they were.
    const detail = `udp ${showAddress(this.#address)}`;
    intake.lose({ events, bytes: 0, reason: DROPPED, detail });
  }

  /** Without the C library nothing below `/proc` can be read. */
  #read({ libc }: LibcLibrary): number | undefined {
    if (libc === undefined) return undefined;
    const file = isIP(this.#address.hostname) === 6 ? "/proc/net/udp6" : "/proc/net/udp";
    try {
      return dropsIn(new TextDecoder().decode(libc.readFile(file)), this.#address);
    } catch {
      return undefined;
    }
  }
}

/** The count of the socket at `address` in the text of `/proc/net/udp` or `udp6`; `undefined` when it is not there. */
export function dropsIn(table: string, { hostname, port }: ListenAddress): number | undefined {
  const local = `${hexOf(hostname)}:${port.toString(16).toUpperCase().padStart(4, "0")}`;
  for (const line of table.split("\n")) {
    const columns = line.trim().split(/\s+/);
    if (columns[LOCAL_COLUMN] === local) return Number(columns[DROPS_COLUMN]);
  }
  return undefined;
}

/** An address as the kernel writes it: words of 32 bits, the lowest byte first. */
function hexOf(hostname: string): string {
  const bytes = isIP(hostname) === 6 ? bytesOf6(hostname) : hostname.split(".").map(Number);
  let hex = "";
  for (let word = 0; word < bytes.length; word += 4) {
    for (const byte of bytes.slice(word, word + 4).reverse()) {
      hex += byte.toString(16).padStart(2, "0");
    }
  }
  return hex.toUpperCase();
}
