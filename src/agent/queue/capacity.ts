/**
 * Keeps the queue within its bounds by making those who append wait: push-back.
 *
 * @module
 */

import type { Amount } from "../../shared/protocol/stored_events.ts";

/**
 * Room beyond the bounds for what matters when the queue is full: command results, loss notices. Bounded itself, so that not even those grow for
 * ever.
 */
const RESERVE: Amount = { events: 10_000, bytes: 16 * 1024 * 1024 };

interface Waiter {
  amount: Amount;
  reserved: boolean;
  admit: () => void;
}

/** Admits appends while there is room, in the order in which they came. */
export class Capacity {
  #max: Amount;
  #maxWithReserve: Amount;
  #stored: Amount = { events: 0, bytes: 0 };
  #admitted: Amount = { events: 0, bytes: 0 };
  readonly #fitsDisk: (bytes: number) => boolean;
  #waiters: Waiter[] = [];

  /** `fitsDisk` says whether so many bytes more have room on the disk; what is reserved is not asked for. */
  constructor(max: Amount, fitsDisk: (bytes: number) => boolean = () => true) {
    this.#fitsDisk = fitsDisk;
    this.#max = max;
    this.#maxWithReserve = plus(max, RESERVE);
  }

  /** Changes the bounds, and admits whoever fits now. */
  resize(max: Amount): void {
    this.#max = max;
    this.#maxWithReserve = plus(max, RESERVE);
    this.#admitNext();
  }

  /** True while somebody waits for room. */
  get full(): boolean {
    return this.#waiters.length > 0;
  }

  /** True while the disk has no room for who waits longest, whatever the bounds say. */
  get waitsForDisk(): boolean {
    const [next] = this.#waiters;
    if (next === undefined || next.reserved) return false;
    return !this.#fitsDisk(this.#admitted.bytes + next.amount.bytes);
  }

  /** Tells what is stored now, and admits whoever fits. */
  update(stored: Amount): void {
    this.#stored = stored;
    this.#admitNext();
  }

  /** True when `amount` fits now. An amount larger than the bounds fits an empty queue, or it would wait for ever. */
  fits(amount: Amount, { reserved = false }: { reserved?: boolean } = {}): boolean {
    // What is admitted is not on the disk yet, and will be.
    if (!reserved && !this.#fitsDisk(this.#admitted.bytes + amount.bytes)) return false;
    const limit = reserved ? this.#maxWithReserve : this.#max;
    const used = plus(this.#stored, this.#admitted);
    if (used.events === 0) return true;
    const then = plus(used, amount);
    return then.events <= limit.events && then.bytes <= limit.bytes;
  }

  /**
   * Resolves once there is room for `amount`, which then counts as used until {@linkcode release}.
   *
   * @throws the signal's reason when it is aborted first
   */
  async acquire(amount: Amount, options: { reserved: boolean; signal?: AbortSignal | undefined }) {
    const { reserved, signal } = options;
    signal?.throwIfAborted();
    if (!this.tryAcquire(amount, { reserved })) await this.#wait({ amount, reserved }, signal);
  }

  /** Takes room for `amount` if there is some now and nobody waits for it; true when it did. See {@linkcode acquire}. */
  tryAcquire(amount: Amount, { reserved }: { reserved: boolean }): boolean {
    // Whoever is small must not overtake for ever somebody large who waits.
    const mustQueue = !reserved && this.#waiters.length > 0;
    if (mustQueue || !this.fits(amount, { reserved })) return false;
    this.#admitted = plus(this.#admitted, amount);
    return true;
  }

  /** Gives back what was acquired: it is stored, and counted in {@linkcode update}, or it failed. */
  release(amount: Amount): void {
    this.#admitted = plus(this.#admitted, { events: -amount.events, bytes: -amount.bytes });
    this.#admitNext();
  }

  #wait(request: Omit<Waiter, "admit">, signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const onAbort = () => {
        // Who gives up may have been the large one that kept the others waiting.
        this.#waiters = this.#waiters.filter((other) => other !== waiter);
        reject(signal?.reason);
        this.#admitNext();
      };
      const waiter: Waiter = {
        ...request,
        admit: () => {
          signal?.removeEventListener("abort", onAbort);
          resolve();
        },
      };
      signal?.addEventListener("abort", onAbort, { once: true });
      // Results and notices go first: they are what tells others that the queue is full.
      if (waiter.reserved) this.#waiters.unshift(waiter);
      else this.#waiters.push(waiter);
    });
  }

  #admitNext(): void {
    for (;;) {
      const [next] = this.#waiters;
      if (next === undefined || !this.fits(next.amount, next)) return;
      this.#waiters.shift();
      this.#admitted = plus(this.#admitted, next.amount);
      next.admit();
    }
  }
}

function plus(a: Amount, b: Amount): Amount {
  return { events: a.events + b.events, bytes: a.bytes + b.bytes };
}
