/**
 * A socket that receives datagrams: of Unix, as `/dev/log` is one, which the runtime has behind an unstable flag only, or of the
 * internet, where the runtime gives one datagram a turn and no larger buffer in the kernel.
 *
 * @module
 */

import { type Libc, LibcError } from "./libc.ts";
import { Readiness } from "./readiness.ts";

/** From `sys/socket.h` of Linux; with `MSG_TRUNC` a call tells how long a datagram was, whatever it kept of it. */
const SOCK_DGRAM = 2;
const SOCK_CLOEXEC = 0o2000000;
const SOL_SOCKET = 1;
const SO_RCVBUF = 8;
const SO_RCVBUFFORCE = 33;
const MSG_TRUNC = 0x20;
const MSG_DONTWAIT = 0x40;
/** `struct sockaddr_storage`. */
const ADDRESS_BYTES = 128;

/** One datagram. */
interface Datagram {
  /** As much of it as was asked for. */
  bytes: Uint8Array;
  /** How long it was. */
  length: number;
  /** Address of the sender, as the C library gives it; good until the next call. */
  from: Uint8Array;
}

/** Where a {@linkcode DatagramSocket} is bound, and how. */
interface DatagramSocketOptions {
  /** Of the address, such as `AF_UNIX`. */
  family: number;
  /** As the C library takes it. */
  address: Uint8Array<ArrayBuffer>;
  /** So much is kept of a datagram. */
  maxBytes: number;
  /** What the kernel is asked to hold for us; it gives as much as it may. @default what is usual on the system */
  kernelBytes?: number;
}

/**
 * A new socket; its descriptor is to be closed.
 *
 * @throws {LibcError}
 */
export function openDatagramSocket({ symbols }: Libc, family: number): number {
  const fd = symbols.socket(family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) throw new LibcError("socket", "of type datagram");
  return fd;
}

/** A bound socket. */
export class DatagramSocket implements Disposable {
  readonly #libc: Libc;
  readonly #fd: number;
  readonly #readiness: Readiness;
  readonly #buffer: Uint8Array<ArrayBuffer>;
  readonly #from = new Uint8Array(ADDRESS_BYTES);
  readonly #fromLength = new Uint32Array(1);

  /** @throws {LibcError} when it cannot be bound; why, that does not say */
  constructor(libc: Libc, { family, address, maxBytes, kernelBytes }: DatagramSocketOptions) {
    this.#libc = libc;
    this.#buffer = new Uint8Array(maxBytes);
    this.#fd = openDatagramSocket(libc, family);
    try {
      if (kernelBytes !== undefined) this.#askForRoom(kernelBytes);
      if (libc.symbols.bind(this.#fd, address, address.length) < 0) {
        throw new LibcError("bind", "the socket");
      }
      this.#readiness = new Readiness(libc, this.#fd);
    } catch (error) {
      libc.close(this.#fd);
      throw error;
    }
  }

  /** Its own address, as the C library gives it. */
  address(): Uint8Array {
    const bytes = new Uint8Array(ADDRESS_BYTES);
    const length = new Uint32Array([ADDRESS_BYTES]);
    this.#libc.symbols.getsockname(this.#fd, bytes, new Uint8Array(length.buffer));
    return bytes.subarray(0, length[0]);
  }

  /** Resolves with true when something has come, with false once the signal is aborted. */
  async wait(signal: AbortSignal): Promise<boolean> {
    return await this.#readiness.wait(signal);
  }

  /** The next datagram that has come; never waits. */
  receive(): Datagram | undefined {
    this.#fromLength[0] = ADDRESS_BYTES;
    const length = Number(this.#libc.symbols.recvfrom(
      this.#fd,
      this.#buffer,
      BigInt(this.#buffer.length),
      MSG_DONTWAIT | MSG_TRUNC,
      this.#from,
      new Uint8Array(this.#fromLength.buffer),
    ));
    if (length < 0) return undefined;
    const from = this.#from.subarray(0, this.#fromLength[0]);
    return { bytes: this.#buffer.slice(0, length), length, from };
  }

  [Symbol.dispose](): void {
    this.#readiness[Symbol.dispose]();
    this.#libc.close(this.#fd);
  }

  /** More than the system's bound only those get who may administer the network. */
  #askForRoom(bytes: number): void {
    const value = new Uint8Array(new Int32Array([bytes]).buffer);
    const { symbols } = this.#libc;
    const forced = symbols.setsockopt(this.#fd, SOL_SOCKET, SO_RCVBUFFORCE, value, value.length);
    if (forced < 0) symbols.setsockopt(this.#fd, SOL_SOCKET, SO_RCVBUF, value, value.length);
  }
}
