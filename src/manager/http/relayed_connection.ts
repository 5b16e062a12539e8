/**
 * One connection of a relay: its two halves, and what is known of its requests.
 *
 * @module
 */

import type { Clock } from "../../shared/clock.ts";
import type { ConnectionLimits } from "./connection_limits.ts";

/** A quiet connection keeps two buffers of the smaller size; what moves a lot gets larger ones. */
const SMALL_BUFFER_BYTES = 2_048;
const LARGE_BUFFER_BYTES = 65_536;
/** How long a client may take to close what the server has closed. */
const CLOSE_WITHIN_MS = 2_000;

/** Passes bytes both ways until one side is gone. Times are of the monotonic clock. */
export class RelayedConnection {
  /** Where the client is. */
  readonly address: { hostname: string; port: number };
  readonly #clock: Clock;
  readonly #outer: Deno.TcpConn;
  #inner: Deno.TcpConn | undefined;
  #isCut = false;
  #requests = 0;
  #hadRequest = false;
  /** When the connection or its last request began or ended, whichever was last. */
  #changedAtMs: number;
  #movedAtMs: number;
  #serverClosedAtMs: number | undefined;

  constructor(outer: Deno.TcpConn, clock: Clock) {
    const { hostname, port } = outer.remoteAddr;
    this.address = { hostname, port };
    this.#outer = outer;
    this.#clock = clock;
    this.#changedAtMs = this.#movedAtMs = clock.monotonic();
  }

  /** Whether a head has ever arrived by it. */
  get hadRequest(): boolean {
    return this.#hadRequest;
  }

  /** Connects to the server, and returns the port that the server sees. */
  async connect(target: { hostname: string; port: number }): Promise<number> {
    const inner = await Deno.connect(target);
    if (this.#isCut) {
      inner.close();
      throw new Error("The connection was cut");
    }
    this.#inner = inner;
    inner.setNoDelay(true);
    this.#outer.setNoDelay(true);
    return inner.localAddr.port;
  }

  /** Resolves when both sides have said all they had to; rejects when one is gone. */
  async pass(): Promise<void> {
    const inner = this.#inner;
    if (inner === undefined) return;
    await Promise.all([
      this.#pump(this.#outer, inner),
      this.#pump(inner, this.#outer).then(() => this.#serverClosedAtMs = this.#clock.monotonic()),
    ]);
  }

  requestBegan(): void {
    this.#requests++;
    this.#hadRequest = true;
    this.#changedAtMs = this.#clock.monotonic();
  }

  requestEnded(): void {
    this.#requests = Math.max(0, this.#requests - 1);
    this.#changedAtMs = this.#clock.monotonic();
  }

  /** Whether it has been waited for long enough. */
  isOverdue({ headTimeoutMs, idleTimeoutMs, silenceTimeoutMs }: ConnectionLimits): boolean {
    const nowMs = this.#clock.monotonic();
    if (this.#serverClosedAtMs !== undefined) {
      return nowMs - this.#serverClosedAtMs >= CLOSE_WITHIN_MS;
    }
    if (this.#requests > 0) {
      return nowMs - Math.max(this.#changedAtMs, this.#movedAtMs) >= silenceTimeoutMs;
    }
    return nowMs - this.#changedAtMs >= (this.#hadRequest ? idleTimeoutMs : headTimeoutMs);
  }

  /** Closes both halves at once. */
  cut(): void {
    this.#isCut = true;
    closeQuietly(this.#outer);
    closeQuietly(this.#inner);
  }

  async #pump(from: Deno.TcpConn, to: Deno.TcpConn): Promise<void> {
    let buffer = new Uint8Array(SMALL_BUFFER_BYTES);
    for (;;) {
      const bytes = await from.read(buffer);
      if (bytes === null) break;
      for (let written = 0; written < bytes;) {
        written += await to.write(buffer.subarray(written, bytes));
      }
      this.#movedAtMs = this.#clock.monotonic();
      buffer = fitting(buffer, bytes);
    }
    await to.closeWrite();
  }
}

/** A buffer for the next read, after one that gave so many bytes. */
function fitting(buffer: Uint8Array<ArrayBuffer>, bytes: number): Uint8Array<ArrayBuffer> {
  if (bytes === buffer.length && bytes < LARGE_BUFFER_BYTES) {
    return new Uint8Array(LARGE_BUFFER_BYTES);
  }
  const isTooLarge = buffer.length > SMALL_BUFFER_BYTES && bytes < SMALL_BUFFER_BYTES;
  return isTooLarge ? new Uint8Array(SMALL_BUFFER_BYTES) : buffer;
}

function closeQuietly(resource: { close(): void } | undefined): void {
  try {
    resource?.close();
  } catch {
    // Closed already, by the other side.
  }
}
