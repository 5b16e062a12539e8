/**
 * Stands between the clients and a server, because `Deno.serve` takes any number of connections, waits for ever for a head, and can
 * close none in place of an answer.
 *
 * It listens on the public port and passes bytes, encrypted or not, to the server behind it, each connection by one of its own. The
 * server knows that one by its port (`info.remoteAddr`), and tells when a request of it begins and ends. So the relay knows,
 * without reading a byte, which connections do what they are for; the others are cut:
 *
 * | a connection that                                      | is cut                     |
 * | ------------------------------------------------------ | -------------------------- |
 * | is one too many, of all or of its address              | at once                    |
 * | has had no request yet (half a handshake, half a head) | after the head's time      |
 * | has no request now                                     | after the idle time        |
 * | has a request, but nothing is read or written          | after the time for silence |
 *
 * When there is no room for a new one, the oldest without a request makes it.
 *
 * With HTTP/2 a cut ends every request of the connection, as a real network failure does. Some clients send a request that was cut
 * again by themselves: the `fetch` of Deno does so with HTTP/1.1.
 *
 * @module
 */

import { getLogger } from "@logtape/logtape";
import type { Clock } from "../../shared/clock.ts";
import type { ConnectionLimits } from "./connection_limits.ts";
import { Loop } from "../loop.ts";
import { endedWithin } from "../ended_within.ts";
import { RelayedConnection } from "./relayed_connection.ts";

const log = getLogger(["manager", "http"]);

/** How long the last bytes may take to reach their clients. */
const LINGER_MS = 500;
const SWEEP_INTERVAL_MS = 1_000;
/** After an error of the listener, such as no more file descriptors. */
const ACCEPT_AGAIN_MS = 100;
const TELL_INTERVAL_MS = 60_000;

/** Where a relay listens and whom it passes to. */
interface RelayOptions {
  hostname: string;
  /** 0 picks a free one. */
  port: number;
  /** The server behind it, on the loopback address. */
  target: { hostname: string; port: number };
  limits: ConnectionLimits;
  clock: Clock;
}

/** Passes connections on until it is closed. */
export class ConnectionRelay {
  readonly #options: RelayOptions;
  readonly #listener: Deno.TcpListener;
  /** Every connection, oldest first, also those that are not connected to the server yet. */
  readonly #connections = new Set<RelayedConnection>();
  readonly #byInnerPort = new Map<number, RelayedConnection>();
  readonly #perAddress = new Map<string, number>();
  readonly #passing = new Set<Promise<void>>();
  readonly #accepting: Promise<void>;
  readonly #sweeping: Loop;
  #closed = false;
  #refused = 0;
  #toldAtMs = -Infinity;

  /** @throws Deno.errors.AddrInUse when the port is taken */
  constructor(options: RelayOptions) {
    const { hostname, port, clock } = options;
    this.#options = options;
    this.#listener = Deno.listen({ hostname, port });
    this.#sweeping = new Loop({
      clock,
      name: "look after connections",
      step: () => {
        this.#sweep();
        return this.#connections.size > 0 ? SWEEP_INTERVAL_MS : undefined;
      },
    });
    this.#sweeping.start();
    this.#accepting = this.#accept();
  }

  /** The port it listens on. */
  get port(): number {
    return this.#listener.addr.port;
  }

  /** Number of connections that are open. */
  get size(): number {
    return this.#connections.size;
  }

  /** Where the connection comes from whose inner half has this local port. */
  addressOf(innerPort: number): { hostname: string; port: number } | undefined {
    return this.#byInnerPort.get(innerPort)?.address;
  }

  /** A request of a connection has arrived, up to the end of its head. */
  requestBegan(innerPort: number): void {
    this.#byInnerPort.get(innerPort)?.requestBegan();
  }

  /** Its answer is sent, or never can be. */
  requestEnded(innerPort: number): void {
    this.#byInnerPort.get(innerPort)?.requestEnded();
  }

  /** Closes the connection whose inner half has this local port. */
  cut(innerPort: number): void {
    this.#byInnerPort.get(innerPort)?.cut();
  }

  /** Stops listening, and cuts what the server behind, itself closed by now, leaves open. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#listener.close();
    await Promise.all([this.#accepting, this.#sweeping.stop()]);
    await endedWithin(this.#passing, LINGER_MS);
    for (const connection of [...this.#connections]) connection.cut();
    await endedWithin(this.#passing, LINGER_MS);
  }

  async #accept(): Promise<void> {
    while (!this.#closed) {
      try {
        this.#take(await this.#listener.accept());
      } catch (error) {
        if (this.#closed) return;
        log.warn("Cannot take a connection: {error}", { error: String(error) });
        await new Promise((resolve) => setTimeout(resolve, ACCEPT_AGAIN_MS));
      }
    }
  }

  #take(outer: Deno.TcpConn): void {
    const { clock } = this.#options;
    const connection = new RelayedConnection(outer, clock);
    if (!this.#hasRoom(connection.address.hostname)) {
      connection.cut();
      return this.#tellRefusals();
    }
    this.#connections.add(connection);
    this.#count(connection, 1);
    this.#sweeping.wake();
    const passing = this.#pass(connection).finally(() => {
      this.#connections.delete(connection);
      this.#count(connection, -1);
      this.#passing.delete(passing);
    });
    this.#passing.add(passing);
  }

  async #pass(connection: RelayedConnection): Promise<void> {
    let innerPort: number | undefined;
    try {
      innerPort = await connection.connect(this.#options.target);
      this.#byInnerPort.set(innerPort, connection);
      await connection.pass();
    } catch {
      // The server behind is gone, or the connection was cut meanwhile.
    } finally {
      connection.cut();
      if (innerPort !== undefined && this.#byInnerPort.get(innerPort) === connection) {
        this.#byInnerPort.delete(innerPort);
      }
    }
  }

  #hasRoom(address: string): boolean {
    const { maxConnections, maxConnectionsPerAddress } = this.#options.limits;
    const ofAddress = this.#perAddress.get(address) ?? 0;
    if (maxConnectionsPerAddress > 0 && ofAddress >= maxConnectionsPerAddress) return false;
    if (maxConnections === 0 || this.#connections.size < maxConnections) return true;
    const useless = this.#connections.values().find(({ hadRequest }) => !hadRequest);
    if (useless === undefined) return false;
    this.#connections.delete(useless);
    useless.cut();
    return true;
  }

  #count({ address: { hostname } }: RelayedConnection, change: 1 | -1): void {
    const count = (this.#perAddress.get(hostname) ?? 0) + change;
    if (count > 0) this.#perAddress.set(hostname, count);
    else this.#perAddress.delete(hostname);
  }

  #tellRefusals(): void {
    this.#refused++;
    const nowMs = this.#options.clock.monotonic();
    if (nowMs - this.#toldAtMs < TELL_INTERVAL_MS) return;
    this.#toldAtMs = nowMs;
    log.warn("Connections are refused, because there are too many: {refused} by now", {
      refused: this.#refused,
      open: this.#connections.size,
    });
  }

  #sweep(): void {
    for (const connection of this.#connections) {
      if (connection.isOverdue(this.#options.limits)) connection.cut();
    }
  }
}
