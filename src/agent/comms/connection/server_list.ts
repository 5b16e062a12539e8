/**
 * The servers that an agent may use, in the order in which they are tried.
 *
 * The one in use stays until it fails; then the next is used, after the last the first again. From any but the first the agent goes
 * back to the first after a while, at a time that is drawn at random, so that not all agents do at once. A batch has the same id
 * wherever it is sent, so servers that share their store take it once.
 *
 * @module
 */

import { getLogger } from "@logtape/logtape";
import type { Clock } from "../../../shared/clock.ts";

/** What a {@linkcode ServerList} is built with. */
interface ServerListOptions {
  /** Addresses, with commas between. */
  urls: string;
  clock: Pick<Clock, "monotonic">;
  /** From 0 to 1. @default Math.random */
  random?: () => number;
}

/** When the first server is tried again: this, and as much again at most, in milliseconds. */
const RETURN_AFTER_MS = 300_000;

/** Knows which server is in use. */
export class ServerList {
  readonly #urls: readonly string[];
  readonly #clock: Pick<Clock, "monotonic">;
  readonly #random: () => number;
  readonly #log = getLogger(["agent", "comms"]);
  #index = 0;
  #returnAtMs = Infinity;

  constructor({ urls, clock, random = Math.random }: ServerListOptions) {
    this.#urls = serverUrls(urls);
    this.#clock = clock;
    this.#random = random;
  }

  /** How many there are. */
  get size(): number {
    return this.#urls.length;
  }

  /** The one to use now. */
  get current(): string {
    if (this.#clock.monotonic() >= this.#returnAtMs) this.#use(0);
    return this.#urls[this.#index] ?? "";
  }

  /** `url` could not be used. Others that were under way with it may say so too: it counts once. */
  failed(url: string, reason: string): void {
    if (this.size < 2 || url !== this.#urls[this.#index]) return;
    this.#use((this.#index + 1) % this.size);
    this.#log.warn("Going on with server {server}: {reason}", {
      server: this.#urls[this.#index],
      reason,
    });
  }

  #use(index: number): void {
    this.#index = index;
    this.#returnAtMs = index === 0
      ? Infinity
      : this.#clock.monotonic() + RETURN_AFTER_MS * (1 + this.#random());
  }
}

/** The addresses in a list with commas. */
function serverUrls(urls: string): string[] {
  return urls.split(",").map((url) => url.trim().replace(/\/+$/, ""));
}
