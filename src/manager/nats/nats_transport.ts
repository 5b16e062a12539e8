/**
 * The TCP transport of the NATS client, with what its own lacks for a program that runs for ever:
 *
 * - It closes its socket also when a server never answered. Else a stalled server would cost one
 *   more with each attempt.
 * - An attempt to connect can be ended at once.
 * - What goes wrong with a socket after it was given up is ignored. The client takes its listeners
 *   off then, and an error that nobody listens for ends the process.
 *
 * @module
 */

import type { Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import { type ConnectionOptions, setTransportFactory } from "@nats-io/transport-node";
import { nodeResolveHost, NodeTransport } from "@nats-io/transport-node/lib/node_transport.js";

/** Options of a connection, which the client hands through to its transport. */
export interface AbortableOptions extends Omit<ConnectionOptions, "tls"> {
  tls?: {
    /** What the certificate must be for, where the server is addressed by a number. */
    host: string;
    caFile?: string;
    certFile?: string;
    keyFile?: string;
  };
  /** Ends the attempt to connect, and the connection. */
  signal: AbortSignal;
}

class AbortableTransport extends NodeTransport {
  override connect(
    server: Parameters<NodeTransport["connect"]>[0],
    options: AbortableOptions,
  ): Promise<void> {
    options.signal.addEventListener("abort", () => this.socket?.destroy(), { once: true });
    return super.connect(server, options);
  }

  override startTLS(): Promise<TLSSocket> {
    ignoreErrors(this.socket);
    return super.startTLS();
  }

  override disconnect(): void {
    this.socket?.destroy();
  }

  override close(error?: Error): Promise<void> {
    const { socket } = this;
    const closed = super.close(error);
    if (!this.connected) this.discard();
    ignoreErrors(socket);
    return closed;
  }

  override discard(): void {
    super.discard();
    ignoreErrors(this.socket);
  }
}

/** Has connections that are made from now on use this transport. */
export function useAbortableTransport(): void {
  setTransportFactory({
    factory: () => new AbortableTransport(),
    dnsResolveFn: nodeResolveHost,
  });
}

function ignoreErrors(socket: Socket | undefined): void {
  socket?.on("error", () => {});
}
