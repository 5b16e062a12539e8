/**
 * Waits until a descriptor has something to read, for as long as it takes: nothing wakes now and then to look.
 *
 * @module
 */

import { type Libc, LibcError } from "./libc.ts";

const POLLIN = 1;
/** `struct pollfd`: descriptor (i32), what is asked for (i16), what is so (i16). */
const POLLFD_BYTES = 8;
/** `EFD_NONBLOCK | EFD_CLOEXEC`. */
const EVENTFD_FLAGS = 0o4000 | 0o2000000;
const FOR_EVER = -1;

/** Waits for one descriptor; a second one ends the wait. */
export class Readiness implements Disposable {
  readonly #libc: Libc;
  readonly #fd: number;
  readonly #wakeFd: number;
  #isClosed = false;

  /** @throws {LibcError} when there may be no more descriptors */
  constructor(libc: Libc, fd: number) {
    this.#libc = libc;
    this.#fd = fd;
    this.#wakeFd = libc.symbols.eventfd(0, EVENTFD_FLAGS);
    if (this.#wakeFd < 0) throw new LibcError("eventfd", "(limit of open files?)");
  }

  /** Resolves with true when there is something to read, with false once the signal is aborted. */
  async wait(signal: AbortSignal): Promise<boolean> {
    if (signal.aborted || this.#isClosed) return false;
    const wake = () => this.#wake();
    signal.addEventListener("abort", wake, { once: true });
    try {
      return await this.#poll();
    } finally {
      signal.removeEventListener("abort", wake);
    }
  }

  [Symbol.dispose](): void {
    if (this.#isClosed) return;
    this.#wake();
    this.#isClosed = true;
    this.#libc.close(this.#wakeFd);
  }

  async #poll(): Promise<boolean> {
    const request = new DataView(new ArrayBuffer(2 * POLLFD_BYTES));
    for (const [index, fd] of [this.#fd, this.#wakeFd].entries()) {
      request.setInt32(index * POLLFD_BYTES, fd, true);
      request.setInt16(index * POLLFD_BYTES + 4, POLLIN, true);
    }
    const ready = await this.#libc.symbols.poll(new Uint8Array(request.buffer), 2n, FOR_EVER);
    if (request.getInt16(POLLFD_BYTES + 6, true) !== 0) this.#drain();
    // A signal to the process ends a wait early, with nothing to read.
    return ready > 0 && request.getInt16(6, true) !== 0;
  }

  #wake(): void {
    if (this.#isClosed) return;
    this.#libc.symbols.write(this.#wakeFd, new Uint8Array(new BigUint64Array([1n]).buffer), 8n);
  }

  #drain(): void {
    if (!this.#isClosed) this.#libc.symbols.read(this.#wakeFd, new Uint8Array(8), 8n);
  }
}
