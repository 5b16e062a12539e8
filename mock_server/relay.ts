/**
 * Connections that can be cut.
 *
 * `Deno.serve` has no way to close a connection in place of an answer: an answer whose body fails
 * has sent its status already, and a client that goes by the status alone takes it for success. So
 * where connections are to be cut, a relay stands in front: it listens on the public port and
 * passes bytes, encrypted or not, to the server behind it, each connection by one of its own. The
 * server knows that one by its port (`info.remoteAddr`), and {@linkcode Relay.cut} closes both.
 * With HTTP/2 that ends every request of the connection, as a real network failure does.
 *
 * Some clients send a request that was cut again by themselves: the `fetch` of Deno does so with
 * HTTP/1.1.
 *
 * @module
 */

import type { ConnectionRelay, RelayOptions } from "../src/manager/http/port_server.ts";
import { settledWithin } from "../src/manager/settled_within.ts";

/** How long the last bytes may take to reach their clients. */
const LINGER_MS = 500;

/** Passes connections on until it is closed. */
export class Relay implements ConnectionRelay {
  readonly #listener: Deno.TcpListener;
  readonly #target: RelayOptions["target"];
  /** The two halves of each connection, by the local port of the inner one. */
  readonly #pairs = new Map<number, Deno.TcpConn[]>();
  readonly #passing = new Set<Promise<void>>();
  readonly #accepting: Promise<void>;

  /** @throws Deno.errors.AddrInUse when the port is taken */
  constructor({ hostname, port, target }: RelayOptions) {
    this.#listener = Deno.listen({ hostname, port });
    this.#target = target;
    this.#accepting = this.#accept();
  }

  /** The port it listens on. */
  get port(): number {
    return this.#listener.addr.port;
  }

  /** Closes the connection whose inner half has this local port. */
  cut(innerPort: number): void {
    for (const connection of this.#pairs.get(innerPort) ?? []) closeQuietly(connection);
    this.#pairs.delete(innerPort);
  }

  /** Stops listening, and cuts what the server behind, itself closed by now, leaves open. */
  async close(): Promise<void> {
    closeQuietly(this.#listener);
    await this.#accepting;
    await settledWithin(this.#passing, LINGER_MS);
    for (const innerPort of [...this.#pairs.keys()]) this.cut(innerPort);
  }

  async #accept(): Promise<void> {
    for await (const outer of this.#listener) {
      const passing = this.#pass(outer).finally(() => this.#passing.delete(passing));
      this.#passing.add(passing);
    }
  }

  async #pass(outer: Deno.TcpConn): Promise<void> {
    try {
      const inner = await Deno.connect(this.#target);
      const innerPort = inner.localAddr.port;
      this.#pairs.set(innerPort, [outer, inner]);
      await Promise.allSettled([
        outer.readable.pipeTo(inner.writable),
        inner.readable.pipeTo(outer.writable),
      ]);
      this.#pairs.delete(innerPort);
    } catch {
      // The server behind is gone; so is this connection.
      closeQuietly(outer);
    }
  }
}

function closeQuietly(resource: { close(): void }): void {
  try {
    resource.close();
  } catch {
    // Closed already, by the other side.
  }
}
