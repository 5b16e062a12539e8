/**
 * A Unix socket that receives datagrams, as `/dev/log` is one: the runtime has it behind an unstable flag only, and cuts datagrams
 * without a word.
 *
 * @module
 */

import { type Libc, LibcError } from "./libc.ts";
import { Readiness } from "./readiness.ts";
import { openDatagramSocket, socketAddress } from "./unix_address.ts";

/** From `sys/socket.h` of Linux; with `MSG_TRUNC` a call tells how long a datagram was, whatever it kept of it. */
const MSG_TRUNC = 0x20;
const MSG_DONTWAIT = 0x40;

/** One datagram. */
interface Datagram {
  /** As much of it as was asked for. */
  bytes: Uint8Array;
  /** How long it was. */
  length: number;
}

/** A socket at a path. */
export class DatagramSocket implements Disposable {
  readonly #libc: Libc;
  readonly #fd: number;
  readonly #readiness: Readiness;
  readonly #buffer: Uint8Array<ArrayBuffer>;

  /**
   * Binds it; nothing may be at the path.
   *
   * @param maxBytes so much is kept of a datagram
   * @throws {LibcError}
   */
  constructor(libc: Libc, path: string, maxBytes: number) {
    this.#libc = libc;
    this.#buffer = new Uint8Array(maxBytes);
    const address = socketAddress(path);
    this.#fd = openDatagramSocket(libc);
    try {
      if (libc.symbols.bind(this.#fd, address, address.length) < 0) {
        throw new LibcError("bind", JSON.stringify(path));
      }
      this.#readiness = new Readiness(libc, this.#fd);
    } catch (error) {
      libc.close(this.#fd);
      throw error;
    }
  }

  /** Resolves with true when something has come, with false once the signal is aborted. */
  async wait(signal: AbortSignal): Promise<boolean> {
    return await this.#readiness.wait(signal);
  }

  /** What has come, up to `most` datagrams; never waits. */
  receive(most: number): Datagram[] {
    const datagrams: Datagram[] = [];
    const size = BigInt(this.#buffer.length);
    const { symbols } = this.#libc;
    while (datagrams.length < most) {
      const length = Number(symbols.recv(this.#fd, this.#buffer, size, MSG_DONTWAIT | MSG_TRUNC));
      if (length < 0) break;
      datagrams.push({ bytes: this.#buffer.slice(0, length), length });
    }
    return datagrams;
  }

  [Symbol.dispose](): void {
    this.#readiness[Symbol.dispose]();
    this.#libc.close(this.#fd);
  }
}
